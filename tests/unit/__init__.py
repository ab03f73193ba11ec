"""Pure logic: no sockets, no AWS."""
