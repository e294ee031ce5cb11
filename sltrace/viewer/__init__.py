"""What a person sees of the local store: the traces on disk, as waterfalls in the terminal."""
