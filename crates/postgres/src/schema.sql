-- Everything in the schema `idv`, one line each, in words that do not depend on the version of the server.
SELECT line FROM (
    SELECT format('column %s.%s %s%s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
                  CASE WHEN a.attnotnull THEN ' not null' END)
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    WHERE c.relnamespace = 'idv'::regnamespace AND c.relkind = 'r' AND c.relname <> '_sqlx_migrations'
    UNION ALL
    SELECT pg_get_indexdef(i.indexrelid)
    FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indrelid
    WHERE c.relnamespace = 'idv'::regnamespace AND c.relkind = 'r' AND c.relname <> '_sqlx_migrations'
      AND i.indisvalid AND i.indisready
    UNION ALL
    SELECT format('constraint %s on %s %s', k.conname, c.relname, pg_get_constraintdef(k.oid))
    FROM pg_catalog.pg_constraint k JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
    WHERE c.relnamespace = 'idv'::regnamespace AND k.contype IN ('c', 'f') AND k.convalidated
    UNION ALL
    SELECT pg_get_triggerdef(t.oid)
    FROM pg_catalog.pg_trigger t JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid
    WHERE c.relnamespace = 'idv'::regnamespace AND NOT t.tgisinternal AND t.tgenabled = 'O'
    UNION ALL
    SELECT format('function %s %s', p.proname, md5(p.prosrc))
    FROM pg_catalog.pg_proc p WHERE p.pronamespace = 'idv'::regnamespace
) AS listing (line)
ORDER BY line COLLATE "C"
