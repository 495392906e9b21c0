"""The data of Reelflow: documents, tables, the scoped session, storage, settings and errors."""
