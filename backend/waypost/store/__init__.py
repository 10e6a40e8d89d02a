"""One door to a database: tables, migrations, the writer, and the statements of each table."""
