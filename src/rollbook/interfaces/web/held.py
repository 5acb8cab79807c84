"""Operations that wait for a second person, as the pages and the worker know them."""

from rollbook.interfaces.web.tasks import actor_of
from rollbook.ledger.holds import Known
from rollbook.operations.rebuilt import from_params

KNOWN = Known(from_params, actor_of)
