"""Keys, signatures, outlets and the witness: real files, real sockets, and published examples of the format."""
