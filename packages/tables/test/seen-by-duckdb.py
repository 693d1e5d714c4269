# Every row of the tables in a folder as DuckDB reads them, one JSON object a line. Arguments: the folder, the kind of
# files, and the columns of each table as JSON.
import duckdb
import glob
import json
import os
import sys

duckdb.execute("SET enable_progress_bar = false")  # it would stand among the rows on a busy machine
folder, kind, tables = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
types = {"text": "VARCHAR", "integer": "BIGINT", "double": "DOUBLE", "boolean": "BOOLEAN", "time": "TIMESTAMP"}
for table, columns in tables.items():
    pattern = os.path.join(folder, table, "**", "*." + kind)
    if not glob.glob(pattern, recursive=True):
        continue
    if kind == "parquet":
        reading = f"read_parquet('{pattern}', hive_partitioning = true)"
    else:
        named = ", ".join(f"'{name}': '{types[type]}'" for name, type in columns.items())
        reading = (
            f"read_csv('{pattern}', hive_partitioning = true, hive_types_autocast = false, header = true, delim = ',', "
            f"quote = '\"', escape = '\"', nullstr = '', allow_quoted_nulls = false, columns = {{{named}}})"
        )
    # Times as numbers, and numbers as Python writes them: nothing is rounded on the way here.
    shown = [f"epoch_us({name}) AS {name}" if type == "time" else name for name, type in columns.items()]
    rows = duckdb.sql(f"SELECT {', '.join(shown)}, experiment, run FROM {reading}")
    names, kinds = rows.columns, [str(type) for type in rows.types]
    for name, type in zip(names, kinds):
        wanted = {"experiment": "VARCHAR", "run": "VARCHAR"}.get(name) or types[columns[name]]
        assert type == ("BIGINT" if wanted == "TIMESTAMP" else wanted), (table, name, type)
    while True:
        batch = rows.fetchmany(10000)
        if not batch:
            break
        for row in batch:
            cells = [repr(cell) if isinstance(cell, float) else cell for cell in row]
            print(json.dumps({"table": table, "row": dict(zip(names, cells))}))
