"""Register an LMS or edit it, with its deployments and its arrival policy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from rollbook.common.text import tidy
from rollbook.ledger.actor import Actor
from rollbook.ledger.effects import Create, Effect, Remove, Update
from rollbook.ledger.operation import Operation, Plan
from rollbook.lms import lms_checks as checks
from rollbook.lms.claim_values import EMAIL
from rollbook.lms.models import LMS, Deployment
from rollbook.lms.policy import PRESETS, Preset
from rollbook.people.access import Right
from rollbook.people.models import Location

URLS = {
    "issuer": "The issuer",
    "auth_url": "The authentication request URL",
    "key_set_url": "The key-set URL",
    "token_url": "The token URL",
}
CHOICES = {
    "policy": LMS.Policy,
    "when_missing": LMS.WhenMissing,
    "when_unproven": LMS.WhenUnproven,
}


@dataclass(frozen=True, kw_only=True)
class SaveLMS(Operation):
    """Make LMS `lms_id` what is given here, or register a new one where that is None.

    A named policy brings its own matchers and `when_missing`; only `custom` takes those given. `matchers` are (claim,
    code of a Username attribute or `email`), in the order in which they are tried; an empty pair is left out.
    """

    verb = "save_lms"
    right = Right.LMS_EDIT

    lms_id: int | None = None
    name: str
    issuer: str
    client_id: str
    auth_url: str
    key_set_url: str
    location_id: int
    token_url: str = ""
    contact: str = ""
    enabled: bool = True
    deployment_ids: tuple[str, ...] = ()
    policy: str = LMS.Policy.EXPLICIT
    matchers: tuple[tuple[str, str], ...] = ()
    email_domains: tuple[str, ...] = ()
    when_missing: str = LMS.WhenMissing.REFUSE
    when_unproven: str = LMS.WhenUnproven.SIGN_IN

    def problems(self, acting: Actor) -> dict[str, str]:
        """Return {parameter: sentence} of what stands against it; `claim_<n>`, `target_<n>` for matcher n."""
        values, found = self._values(), dict[str, str]()
        for field, problem in self._own_problems(values, self._before):
            if problem:
                found.setdefault(field, problem)
        return found or checks.taken_problems(
            self.lms_id, values["name"], values["issuer"], values["client_id"]
        )

    def plan(self, acting: Actor) -> Plan:
        """Say what is registered or changed."""
        before, values = self._before, self._values()
        refusals = list(self.problems(acting).values())
        return Plan(
            operation=self,
            summary=f"{'Edit' if self.lms_id else 'Register'} the LMS {values['name']}",
            subjects=[LMS.objects.filter(pk__in=[before.pk] if before else [])],
            effects=[] if refusals else self._effects(before, values),
            warnings=self._warnings(before, values),
            refusals=refusals,
        )

    @property
    def _deployments(self) -> list[str]:
        return list(dict.fromkeys(filter(None, (tidy(one) for one in self.deployment_ids))))

    @property
    def _before(self) -> LMS | None:
        return LMS.objects.filter(pk=self.lms_id).first() if self.lms_id else None

    @property
    def _preset(self) -> Preset | None:
        return PRESETS.get(LMS.Policy(self.policy)) if self.policy in LMS.Policy.values else None

    @property
    def _given_matchers(self) -> list[tuple[str, str]]:
        return [(tidy(claim), tidy(target)) for claim, target in self.matchers]

    def _values(self) -> dict[str, Any]:
        texts = ("name", "issuer", "client_id", "auth_url", "key_set_url", "token_url", "contact")
        preset = self._preset
        matchers = preset.matchers if preset else [pair for pair in self._given_matchers if any(pair)]
        domains = (tidy(domain).lower().removeprefix("@") for domain in self.email_domains)
        return {
            **{name: tidy(getattr(self, name)) for name in texts},
            "enabled": self.enabled,
            "policy": str(self.policy),
            "matchers": [list(pair) for pair in matchers],
            "email_domains": list(dict.fromkeys(filter(None, domains))),
            "when_missing": str(preset.when_missing if preset else self.when_missing),
            "when_unproven": str(self.when_unproven),
            "location": Location.objects.filter(pk=self.location_id).first(),
        }

    def _own_problems(self, values: Mapping[str, Any], before: LMS | None) -> Iterator[tuple[str, str]]:
        """Yield (parameter, sentence), the sentence empty where nothing stands against it."""
        http = settings.ALLOW_INSIDE_ADDRESSES
        if self.lms_id and before is None:
            yield "lms_id", f"There is no LMS {self.lms_id}."
        if values["location"] is None:
            yield "location_id", f"There is no location {self.location_id}. Choose where created users go."
        yield "name", checks.text_problem("The name", values["name"], 100)
        yield "client_id", checks.text_problem("The client id", values["client_id"], 255)
        yield "contact", checks.text_problem("The contact", values["contact"], 200, required=False)
        for field, label in URLS.items():
            required = field != "token_url"
            yield field, checks.url_problem(label, values[field], http_allowed=http, required=required)
        for deployment in self._deployments:
            yield "deployment_ids", checks.text_problem("A deployment id", deployment, 255)
        for field, choices in CHOICES.items():
            if values[field] not in choices.values:
                yield field, f"“{values[field]}” is none of {', '.join(choices.values)} ({field})."
        yield "email_domains", checks.domain_problem(values["email_domains"])
        if self._preset:
            # Nobody entered these matchers, so the policy that brings them is what to change.
            problems = checks.matcher_problems(self._preset.matchers)
            yield "policy", " ".join(problems.values())
        else:
            yield from checks.matcher_problems(self._given_matchers).items()

    def _effects(self, before: LMS | None, values: Mapping[str, Any]) -> list[Effect]:
        if before is None:
            created = Create(LMS, values)
            return [
                created,
                *(Create(Deployment, {"lms": created, "deployment_id": one}) for one in self._deployments),
            ]
        changed = {name: value for name, value in values.items() if getattr(before, name) != value}
        there = Deployment.objects.filter(lms=before)
        known = set(there.values_list("deployment_id", flat=True))
        return [
            *([Update(LMS.objects.filter(pk=before.pk), changed)] if changed else []),
            Remove(there.exclude(deployment_id__in=self._deployments)),
            *(
                Create(Deployment, {"lms": before, "deployment_id": one})
                for one in self._deployments
                if one not in known
            ),
        ]

    def _warnings(self, before: LMS | None, values: Mapping[str, Any]) -> list[str]:
        warnings = []
        if not self._deployments:
            warnings.append("Without a deployment id no launch of this LMS is accepted.")
        if any(target == EMAIL for _, target in values["matchers"]) and not values["email_domains"]:
            warnings.append(
                "Any learner whose e-mail this LMS sends is taken for the user with that address. "
                "List the e-mail domains that it may vouch for."
            )
        moved = before and (before.issuer, before.client_id) != (values["issuer"], values["client_id"])
        if before and moved and (accounts := before.accounts.count()):
            warnings.append(
                f"This LMS has {accounts:,} LMS accounts. Change its issuer or client id only if it is still the "
                "same LMS: in another one the same ids are other people."
            )
        return warnings
