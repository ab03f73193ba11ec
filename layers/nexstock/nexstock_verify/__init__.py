"""Verifies NexStock's audit log offline: what was exported, its checkpoints and its proofs, by a public key alone.

Nothing here knows of AWS or of NexStock's servers, so that whoever does not trust them can read and run it. The
platform makes its trees and notes with these same modules.
"""
