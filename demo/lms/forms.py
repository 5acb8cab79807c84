"""The form in which the claims of a launch are seen and changed."""

import json
from typing import Any

from django import forms


class ClaimsForm(forms.Form):
    """What the LMS says of the person. An empty field is not sent."""

    email = forms.CharField(label="E-mail", required=False, strip=False)
    given_name = forms.CharField(label="First name", required=False)
    family_name = forms.CharField(label="Last name", required=False)
    sourcedid = forms.CharField(
        label="Student ID", required=False, strip=False, help_text="Sent as lis, person_sourcedid."
    )
    sub = forms.CharField(
        label="The LMS's own id for the person", required=False, help_text="Sent as sub.", strip=False
    )
    role = forms.ChoiceField(label="Role", choices=[("Learner", "Learner"), ("Instructor", "Instructor")])
    deployment_id = forms.CharField(
        label="Deployment", help_text="Which installation of Rollbook in this LMS."
    )
    lifetime = forms.IntegerField(
        label="Valid for",
        min_value=-86400,
        max_value=86400,
        help_text="In seconds. Negative: it has expired already. 0: it says nothing of times.",
    )
    custom = forms.CharField(
        label="Custom claims",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="One in a line: name=value",
    )
    other = forms.CharField(
        label="Other claims",
        required=False,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text='As a JSON object, such as {"email_verified": true}. They win over the fields above, so '
        "that a launch can be spoiled on purpose.",
    )

    def clean_custom(self) -> dict[str, str]:
        """Return the custom claims by name."""
        lines = [line for line in self.cleaned_data["custom"].splitlines() if line.strip()]
        if wrong := [line for line in lines if "=" not in line]:
            raise forms.ValidationError(f"“{wrong[0]}” is not of the form name=value.")
        pairs = (line.split("=", 1) for line in lines)
        return {name.strip(): value.strip() for name, value in pairs}

    def clean_other(self) -> dict[str, Any]:
        """Return the other claims by name."""
        text = self.cleaned_data["other"].strip()
        try:
            claims = json.loads(text or "{}")
        except ValueError as error:
            raise forms.ValidationError(f"This is no JSON: {error}.") from error
        if not isinstance(claims, dict):
            raise forms.ValidationError('This is no JSON object. Write it like {"name": "value"}.')
        return claims
