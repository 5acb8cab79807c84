"""Defects to be seeded into merging, ways in which such systems have gone wrong, and the tests that should notice."""

from dataclasses import dataclass

USERS, LIMITS = "tests/operations/test_merge_users.py", "tests/operations/test_merge_limits.py"
TABLE, CONTRACT = "tests/operations/test_merge_table.py", "tests/operations/test_every_operation.py"
TOGETHER, UNDO = "tests/operations/test_merge_together.py", "tests/operations/test_merge_undo.py"
RULES, LEDGER_UNDO = "tests/people/test_merge_rules.py", "tests/ledger/test_undo.py"

RECORDS, PEOPLE, LMS = (
    "src/rollbook/training/records.py",
    "src/rollbook/people/models.py",
    "src/rollbook/lms/models.py",
)
MERGE_RULES, MERGING = "src/rollbook/people/merge_rules.py", "src/rollbook/people/merging.py"
MERGE_USERS, WRITER = "src/rollbook/operations/merge_users.py", "src/rollbook/ledger/writer.py"
REVERTS, TRIGGERS = "src/rollbook/ledger/reverts.py", "src/rollbook/ledger/triggers.py"

MOVES = 'ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": Move()}\n'
STAYS = 'ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": Stay("")}\n'


@dataclass(frozen=True)
class Defect:
    """In `file`, the one place that reads `old` is made to read `new`; one of `tests` should fail."""

    what: str
    file: str
    old: str
    new: str
    tests: tuple[str, ...]


DEFECTS = (
    # What moves.
    Defect(
        "a table that points at users has no rule",
        LMS,
        f"    REPLACEABLE = True\n    {MOVES}",
        "    REPLACEABLE = True\n",
        (RULES,),
    ),
    Defect(
        "one table is forgotten: certificates",
        MERGING,
        "        yield model, field.name, rule\n",
        '        if model.__name__ != "Certificate":\n            yield model, field.name, rule\n',
        (USERS,),
    ),
    Defect(
        "identifiers stay with the duplicate",
        PEOPLE,
        f"    REPLACEABLE = True\n    {MOVES}",
        f"    REPLACEABLE = True\n    {STAYS}",
        (USERS,),
    ),
    Defect(
        "LMS accounts stay with the duplicate",
        LMS,
        f"    REPLACEABLE = True\n    {MOVES}",
        f"    REPLACEABLE = True\n    {STAYS}",
        (f"{USERS}::test_whoever_launches_with_the_duplicates_lms_account_is_the_primary",),
    ),
    Defect(
        "history stays with the duplicate",
        MERGE_RULES,
        "_rows(model, field, people[:1]), _rows(model, field, people[1:])",
        "_rows(model, field, people[:1]), _rows(model, field, people[1:]).filter(current=True)",
        (TABLE,),
    ),
    # Which enrolment stays current.
    Defect(
        "the enrolment that loses is deleted",
        MERGE_RULES,
        'Update(mine.filter(overruled), {"current": False})',
        "Remove(mine.filter(overruled))",
        (TABLE,),
    ),
    Defect(
        "the duplicate’s In progress beats the Primary’s Not started",
        RECORDS,
        "better=Q(status=Status.COMPLETED)",
        "better=~Q(status=Status.NOT_STARTED)",
        (TABLE,),
    ),
    Defect(
        "the duplicate’s Completed does not beat anything",
        RECORDS,
        "better=Q(status=Status.COMPLETED)",
        "better=Q(pk__in=[])",
        (TABLE,),
    ),
    Defect(
        "rows move before their place is free",
        MERGE_RULES,
        '            Update(mine.filter(overruled), {"current": False}),\n            Update(theirs, values),\n',
        '            Update(theirs, values),\n            Update(mine.filter(overruled), {"current": False}),\n',
        (TABLE,),
    ),
    Defect(
        "of several duplicates the last one takes priority",
        MERGE_RULES,
        'before = others.filter(**{f"{field}__in": people[:place]})',
        'before = others.filter(**{f"{field}__in": [] if place == 0 else [people[0], *people[place + 1:]]})',
        (USERS,),
    ),
    # Rights never travel.
    Defect(
        "managed locations go to the Primary",
        PEOPLE,
        'ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": Revoke()}',
        'ON_MERGE: ClassVar[dict[str, MergeRule]] = {"user": Move()}',
        (LIMITS,),
    ),
    Defect(
        "the duplicate keeps its access level",
        MERGING,
        '        "access_level": AccessLevel.LEARNER,\n',
        "",
        (LIMITS,),
    ),
    Defect(
        "the duplicate’s sessions go on after an undo",
        MERGING,
        '        "session_salt": RandomUUID(),\n',
        "",
        (LIMITS,),
    ),
    Defect(
        "an administrator merges staff away",
        MERGE_USERS,
        "if user.level != AccessLevel.LEARNER and AccessLevel.SUPER_USER not in grantable_levels(acting):",
        "if False:",
        (LIMITS,),
    ),
    Defect(
        "an undo gives rights back that the actor may not give",
        WRITER,
        "    for each in filter(None, (acting, second)):\n",
        "    for each in ():\n",
        (LIMITS,),
    ),
    # Who may be merged.
    Defect(
        "the reach of the actor is not checked for the duplicate",
        MERGE_USERS,
        "            subjects=[named],\n            effects=merging(self.people),",
        "            subjects=[named.filter(pk=self.primary_id)],\n            effects=merging(self.people),",
        (LIMITS,),
    ),
    Defect(
        "an inactive duplicate is let through",
        MERGE_USERS,
        "    if not user.is_active:\n",
        "    if not user.is_active and primary:\n",
        (LIMITS,),
    ),
    Defect(
        "one that is merged already is merged again",
        MERGE_USERS,
        "    if user.merged_into:\n",
        "    if False:\n",
        (LIMITS,),
    ),
    Defect(
        "one’s own account is merged away",
        MERGE_USERS,
        "if user.pk == acting.user_id:",
        "if False:",
        (LIMITS,),
    ),
    Defect(
        "merges may go in a circle",
        PEOPLE,
        'EndsNowhere("pk")',
        "Q(pk__in=[])",
        (LIMITS,),
    ),
    # What follows a merge.
    Defect(
        "a launch does not follow merged_into",
        "src/rollbook/lms/facts.py",
        "people[user.led_to or user.pk]",
        "people[user.pk]",
        (USERS,),
    ),
    Defect(
        "a retrieved duplicate is not empty",
        "src/rollbook/operations/retrieve_users.py",
        '                Remove(RoleGrant.objects.filter(user__in=merged.order_by().values("pk"))),\n',
        "",
        (USERS,),
    ),
    Defect(
        "the duplicate learns on in an open page",
        "src/rollbook/training/activity.py",
        "    if found is None or found[0] != User.Status.ACTIVE:\n        raise NotOpen",
        "    if found is None:\n        raise NotOpen",
        (f"{TOGETHER}::test_whoever_is_merged_while_the_page_is_on_its_way_writes_nothing_more",),
    ),
    # The ledger.
    Defect(
        "a stale preview is applied",
        WRITER,
        "    if fresh.fingerprint != expected:\n",
        "    if False:\n",
        (f"{CONTRACT}::test_a_stale_plan_is_refused[merge_users-merged]",),
    ),
    Defect("nothing is locked", WRITER, "    lock_all(plan)\n", "", (TOGETHER,)),
    Defect(
        "a merge is not one transaction",
        WRITER,
        "        progress(Done(step + 1, steps, rows, plan.rows))\n\n\ndef _plan_again",
        "        progress(Done(step + 1, steps, rows, plan.rows))\n"
        "        if not connection.in_atomic_block or len(connection.savepoint_ids) == 0:\n"
        "            connection.connection.commit()\n\n\ndef _plan_again",
        (f"{TOGETHER}::test_nobody_sees_half_a_merge",),
    ),
    Defect(
        "an undo overwrites what was done since",
        REVERTS,
        'return ["ready", "beside"] + (forced if self.forced else [])',
        'return ["ready", "beside", *forced]',
        (LEDGER_UNDO, UNDO),
    ),
    Defect(
        "an undo puts whole rows back",
        REVERTS,
        "THEN {before} ELSE t.{quote(column)} END",
        "THEN {before} ELSE {before} END",
        (LEDGER_UNDO, UNDO),
    ),
    Defect(
        "one untouched row lets all rows be taken for untouched",
        REVERTS,
        'self.survey.keys() == {"ready"}',
        '"ready" in self.survey',
        (LEDGER_UNDO, UNDO),
    ),
    Defect(
        "a row that stays is taken for one that makes way",
        "src/rollbook/ledger/in_the_way.py",
        "    if not forced:\n",
        "    if not forced and depth < DEPTH:\n",
        (UNDO,),
    ),
    Defect(
        "removals are not recorded",
        TRIGGERS,
        '    "delete": "REFERENCING OLD TABLE AS old_rows",\n',
        "",
        (f"{CONTRACT}::test_each_changed_row_has_one_recorded_change[merge_users-staff_merged]",),
    ),
    Defect(
        "the register may be written outside operations",
        TRIGGERS,
        "  IF TG_OP = 'TRUNCATE' OR rollbook_current_operation() IS NULL THEN",
        "  IF TG_OP = 'TRUNCATE' THEN",
        ("tests/ledger/test_guard.py",),
    ),
    Defect(
        "training stays with a user who is merged again",
        PEOPLE,
        "                Q(enrolments__isnull=False) |",
        "                Q(pk__in=[]) |",
        (LIMITS,),
    ),
    Defect(
        "an update by an operation leaves no number in the row",
        "src/rollbook/ledger/effects.py",
        ", **stamp(self.model))",
        ")",
        ("tests/ledger/test_stamps.py",),
    ),
)
