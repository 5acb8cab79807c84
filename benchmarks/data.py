"""A register of many users, made in the database in one go."""

import time

from django.core.management import call_command
from django.db import connection

# Names repeat as they do in a big register: 1,000 first names, 5,000 last names, of letters only.
USERS = """
INSERT INTO rollbook_user (first_name, last_name, email, access_level, location_id, status, send_notifications)
SELECT initcap(substr(translate(md5('f' || (i %% 997)), '0123456789', 'ghiklmnopr'), 1, 3 + i %% 5)),
       initcap(substr(translate(md5('l' || (i %% 4999)), '0123456789', 'ghiklmnopr'), 1, 4 + i %% 6)),
       'user' || i || '@example.org', 'learner', l.ids[1 + i %% 100], 'active', true
FROM generate_series(1, %s) i, (SELECT array_agg(id ORDER BY id) AS ids FROM rollbook_location WHERE parent_id IS NOT NULL) l
"""
IDENTIFIERS = """
INSERT INTO rollbook_identifier (attribute_id, value, user_id)
SELECT a.id, lpad(u.id::text, 9, '0'), u.id FROM rollbook_user u, rollbook_user_attribute a WHERE a.code = 'username'
"""
VALUES = """
INSERT INTO rollbook_attribute_value (attribute_id, value, user_id)
SELECT a.id, 'home', u.id FROM rollbook_user u, rollbook_user_attribute a WHERE a.code = 'employee_id'
"""
LMS = """
INSERT INTO rollbook_lms (name, issuer, client_id, auth_url, key_set_url, token_url, enabled, policy, matchers,
                          email_domains, when_missing, when_unproven, location_id, contact)
SELECT 'Bench LMS', 'https://lms.example.org', 'bench', 'https://lms.example.org/auth', 'https://lms.example.org/jwks',
       '', true, 'email', '[["email", "email"]]', '["example.org"]', 'create', 'sign_in', id, ''
FROM rollbook_location WHERE parent_id IS NULL
"""
DEPLOYMENT = "INSERT INTO rollbook_deployment (lms_id, deployment_id) SELECT id, '1' FROM rollbook_lms"
ACCOUNTS = """
INSERT INTO rollbook_lms_account (lms_id, subject, user_id, lms_user_id)
SELECT l.id, 's' || u.id, u.id, 'B' || lpad(u.id::text, 11, '0') FROM rollbook_user u, rollbook_lms l WHERE u.id %% 2 = 0
"""
LAUNCHES = """
INSERT INTO rollbook_launch (reference, lms_id, deployment_id, subject, outcome, user_id, evidence, claims)
SELECT upper(substr(md5(a.id::text), 1, 9)), a.lms_id, '1', a.subject, 'known', a.user_id, '{}',
       jsonb_build_object('sub', a.subject, 'email', u.email)
FROM rollbook_lms_account a JOIN rollbook_user u ON u.id = a.user_id WHERE a.id %% 5 = 0 ON CONFLICT DO NOTHING
"""


def prepare(users: int) -> str:
    """Migrate, fill the register with `users` users and return the conditions in words."""
    call_command("migrate", verbosity=0)
    started = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE rollbook_user DISABLE TRIGGER USER")
        for table in ("location", "identifier", "attribute_value", "lms", "deployment", "lms_account"):
            cursor.execute(f"ALTER TABLE rollbook_{table} DISABLE TRIGGER USER")
        cursor.execute("INSERT INTO rollbook_location (name) VALUES ('World')")
        cursor.execute(
            "INSERT INTO rollbook_location (name, parent_id) SELECT 'Place ' || i, l.id "
            "FROM generate_series(1, 100) i, rollbook_location l"
        )
        cursor.execute(USERS, [users])
        for sql in (IDENTIFIERS, VALUES, LMS, DEPLOYMENT, ACCOUNTS, LAUNCHES):
            cursor.execute(sql.replace("%%", "%"))
        for table in (
            "user",
            "location",
            "identifier",
            "attribute_value",
            "lms",
            "deployment",
            "lms_account",
        ):
            cursor.execute(f"ALTER TABLE rollbook_{table} ENABLE TRIGGER USER")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SHOW server_version")
        (version,) = cursor.fetchone()
        cursor.execute("SELECT count(*) FROM rollbook_launch")
        (launches,) = cursor.fetchone()
    seconds = time.perf_counter() - started
    return (
        f"PostgreSQL {version} with its default settings; {users:,} users in 100 locations, as many identifiers, "
        f"half of them with an LMS account, {launches:,} launches (filled in {seconds:.0f} s)"
    )
