"""Transfers: stock on its way from one warehouse to another."""
