// The page of an entry is taken on a path on which the entry was not asked whether it has one (unasked),
// or on the side of the question on which it has none (denied, left, otherwise).
@guarded@
expression E;
position g;
@@
(
 pte_present(E) && <+... pte_page@g(E) ...+>
|
 pte_present(E) && <+... pte_pfn@g(E) ...+>
|
 is_migration_entry(E) && <+... pfn_swap_entry_to_page@g(E) ...+>
|
 is_migration_entry(E) && <+... pfn_swap_entry_folio@g(E) ...+>
|
 is_pfn_swap_entry(E) && <+... pfn_swap_entry_to_page@g(E) ...+>
|
 is_pfn_swap_entry(E) && <+... pfn_swap_entry_folio@g(E) ...+>
)

@unasked exists@
local idexpression E;
expression F, SLOT;
identifier asks =~ "^(pte_present|is_(migration|device_private|device_exclusive|hwpoison|pfn_swap)_entry)$";
position p != guarded.g;
@@
 E = \(ptep_get\|ptep_get_lockless\|pte_to_swp_entry\)(SLOT)
 ... when != E = F
     when != asks(E)
 \(pte_page@p(E)\|pte_pfn@p(E)\|pfn_swap_entry_to_page@p(E)\|pfn_swap_entry_folio@p(E)\)

@denied exists@
local idexpression E;
expression F;
identifier asks =~ "^(pte_present|is_(migration|device_private|device_exclusive|hwpoison|pfn_swap)_entry)$";
position p != guarded.g;
@@
 if (!\(pte_present\|is_migration_entry\|is_pfn_swap_entry\)(E)) {
 ... when != E = F
     when != asks(E)
 \(pte_page@p(E)\|pte_pfn@p(E)\|pfn_swap_entry_to_page@p(E)\|pfn_swap_entry_folio@p(E)\)
 ... when any
 }

@left exists@
local idexpression E;
expression F;
identifier asks =~ "^(pte_present|is_(migration|device_private|device_exclusive|hwpoison|pfn_swap)_entry)$";
identifier L;
position p != guarded.g;
@@
 if (\(pte_present\|is_pfn_swap_entry\)(E)) {
 ... when any
 \(return ...;\|goto L;\|continue;\|break;\)
 }
 ... when != E = F
     when != asks(E)
 \(pte_page@p(E)\|pte_pfn@p(E)\|pfn_swap_entry_to_page@p(E)\|pfn_swap_entry_folio@p(E)\)

@otherwise exists@
local idexpression E;
expression F;
identifier asks =~ "^(pte_present|is_(migration|device_private|device_exclusive|hwpoison|pfn_swap)_entry)$";
statement S;
position p != guarded.g;
@@
 if (\(pte_present\|is_pfn_swap_entry\)(E)) S
 else {
 ... when != E = F
     when != asks(E)
 \(pte_page@p(E)\|pte_pfn@p(E)\|pfn_swap_entry_to_page@p(E)\|pfn_swap_entry_folio@p(E)\)
 ... when any
 }

@script:python@
p << unasked.p;
@@
for place in p:
    print(f"{place.file}:{place.line}: hit")

@script:python@
p << denied.p;
@@
for place in p:
    print(f"{place.file}:{place.line}: hit")

@script:python@
p << left.p;
@@
for place in p:
    print(f"{place.file}:{place.line}: hit")

@script:python@
p << otherwise.p;
@@
for place in p:
    print(f"{place.file}:{place.line}: hit")
