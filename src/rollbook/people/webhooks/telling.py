"""The trigger by which every operation tells webhooks, whoever applied it. Installed after every migration."""

from django.db import connection

NAME = "rollbook_tell_webhooks"
# A job for the worker, in the transaction of the operation, and only where somebody listens: operations without
# webhooks are as quick as ever, and none has to think of them. Parts are told of as a whole.
TELL = f"""
CREATE OR REPLACE FUNCTION {NAME}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO procrastinate_jobs (queue_name, task_name, args)
  SELECT 'webhooks', 'tell_webhooks', jsonb_build_object('operation_id', NEW.id)
  WHERE EXISTS (SELECT FROM rollbook_webhook WHERE enabled AND stopped_at IS NULL);
  RETURN NULL;
END $$;
CREATE OR REPLACE TRIGGER {NAME} AFTER INSERT ON rollbook_operation FOR EACH ROW
  WHEN (NEW.part_of_id IS NULL) EXECUTE FUNCTION {NAME}()
"""
INSTALLED = "SELECT FROM pg_trigger WHERE tgname = %s AND tgrelid = 'rollbook_operation'::regclass AND tgenabled IN ('O', 'A')"


def install() -> None:
    """Create or replace it, and switch it on."""
    with connection.cursor() as cursor:
        cursor.execute(TELL)


def broken_invariants() -> list[str]:
    """Return a sentence where operations tell nobody anything."""
    with connection.cursor() as cursor:
        cursor.execute(INSTALLED, [NAME])
        if cursor.rowcount:
            return []
    return [f"The trigger rollbook_operation: {NAME} is missing or switched off: run “rollbook migrate”."]
