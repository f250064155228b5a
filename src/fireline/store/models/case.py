"""One case of an outbreak: the cleaned record, the person joined in, and where it stands in the chain.

Store: the line list; every sortable column has an index (outbreak, column, id).
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Case(c.OfOutbreak):
    """One case of an outbreak: the cleaned record, the person joined in, and where it stands in the chain."""

    case_id = c.key()
    person_key = c.key()
    disease = c.text(60)
    classification = c.code()
    onset = c.instant()
    onset_precision = c.precision()
    sampled_at = c.instant()
    sampled_at_precision = c.precision()
    reported_at = c.instant()
    reported_at_precision = c.precision()
    isolated_at = c.instant()
    isolated_at_precision = c.precision()
    area_code = c.optional_key()
    origin = c.code()
    found_as = c.code()  # how it came to light: lifting rules leave some kinds out
    outcome = c.code()
    outcome_at = c.instant()
    outcome_at_precision = c.precision()
    cluster = c.text(200)
    lon = c.number()
    lat = c.number()
    age = c.number()
    sex = c.code()
    occupation = c.text(120)
    component = c.integer()
    generation = c.integer()
    chain_row = c.integer()
    chain_day = models.DateField(null=True, blank=True)
    chain_basis = c.code()
    chain_parent = c.optional_key()
    group = c.text(200)
    n_contacts = models.IntegerField(default=0)
    defined_as = c.code()  # class by the case definition in use
    version = models.PositiveIntegerField(default=0)

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.UniqueConstraint(fields=["outbreak", "case_id"], name="case_once"),
            models.CheckConstraint(
                name="case_onset_paired",
                condition=models.Q(onset__isnull=True, onset_precision="")
                | (models.Q(onset__isnull=False) & ~models.Q(onset_precision="")),
            ),
            models.CheckConstraint(
                name="case_sampled_at_paired",
                condition=models.Q(sampled_at__isnull=True, sampled_at_precision="")
                | (models.Q(sampled_at__isnull=False) & ~models.Q(sampled_at_precision="")),
            ),
            models.CheckConstraint(
                name="case_reported_at_paired",
                condition=models.Q(reported_at__isnull=True, reported_at_precision="")
                | (models.Q(reported_at__isnull=False) & ~models.Q(reported_at_precision="")),
            ),
            models.CheckConstraint(
                name="case_isolated_at_paired",
                condition=models.Q(isolated_at__isnull=True, isolated_at_precision="")
                | (models.Q(isolated_at__isnull=False) & ~models.Q(isolated_at_precision="")),
            ),
            models.CheckConstraint(
                name="case_outcome_at_paired",
                condition=models.Q(outcome_at__isnull=True, outcome_at_precision="")
                | (models.Q(outcome_at__isnull=False) & ~models.Q(outcome_at_precision="")),
            ),
        ]
        indexes = [
            models.Index(fields=["outbreak", "onset", "id"], name="case_onset"),
            models.Index(fields=["outbreak", "reported_at", "id"], name="case_reported_at"),
            models.Index(fields=["outbreak", "sampled_at", "id"], name="case_sampled_at"),
            models.Index(fields=["outbreak", "isolated_at", "id"], name="case_isolated_at"),
            models.Index(fields=["outbreak", "area_code", "onset", "id"], name="case_area_onset"),
            models.Index(fields=["outbreak", "classification", "onset", "id"], name="case_class_onset"),
            models.Index(fields=["outbreak", "age", "id"], name="case_age"),
            models.Index(fields=["outbreak", "cluster", "id"], name="case_cluster"),
            models.Index(fields=["outbreak", "generation", "id"], name="case_generation"),
            models.Index(fields=["outbreak", "n_contacts", "id"], name="case_n_contacts"),
            models.Index(fields=["outbreak", "person_key", "id"], name="case_person_key"),
            models.Index(
                fields=["outbreak", "classification", "area_code", "origin", "outcome", "sex", "onset"],
                name="case_filters",
            ),
        ]
