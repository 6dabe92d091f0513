"""From a file or page to passages in the store: fetch, load, clean, chunk, index."""
