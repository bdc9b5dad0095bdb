// A disjunction of names, not a regular expression: so that spatch can skip files without them.
@found@
expression E;
statement THEN, ELSE;
position p;
@@
 if (<+... \(is_writable_migration_entry@p(E)\|is_readable_migration_entry@p(E)\|is_readable_exclusive_migration_entry@p(E)\) ...+>) THEN else ELSE

@script:python@
p << found.p;
@@
for place in p:
    print(f"{place.file}:{place.line}: hit")
