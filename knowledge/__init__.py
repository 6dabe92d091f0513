"""The subject and the answers: the store, the retriever, the writers. Has never heard of Discord."""
