"""Content roles as identity providers know them."""

from typing import ClassVar

from django.db import models
from django.db.models import Q

from rollbook.ledger.recorded import LogModel
from rollbook.people.api_tokens import ApiToken
from rollbook.training.catalogue import ContentRole


class ScimGroup(LogModel):
    """A content role that a client created, or to which it has given an id of its own."""

    WHY = "says what a client calls a content role, and whether it made it; what it changes is in the record"

    client = models.ForeignKey(
        ApiToken, models.DO_NOTHING, db_constraint=False, db_index=False, related_name="+"
    )
    # Without a constraint: an undo of its creation may remove the content role.
    content_role = models.ForeignKey(
        ContentRole, models.DO_NOTHING, db_constraint=False, related_name="scim_groups"
    )
    external_id = models.CharField(
        max_length=255, blank=True, help_text="the client's own id; empty for none"
    )
    created = models.BooleanField(default=False, help_text="the client made it, and may rename and remove it")

    class Meta:
        db_table = "rollbook_scim_group"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["client", "content_role"], name="scim_group_once"),
            models.UniqueConstraint(
                fields=["client", "external_id"],
                condition=~Q(external_id=""),
                name="scim_group_external_id_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.content_role_id} of {self.client_id}"
