-- The same key in the same scope is the same document, whatever its id.

CREATE UNIQUE INDEX documents_by_key ON documents (scope, "key");
