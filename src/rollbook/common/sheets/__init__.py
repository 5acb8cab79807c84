"""Reading tables that people send: CSV and XLSX, streamed, as text exactly; a bad file gets a plain sentence."""
