"""How fresh the results of one outbreak are: what came in, what was taken in, who computes.

Store: kept by store.freshness; counters, so that reports that arrive during a computation stay waiting.
"""

from __future__ import annotations

from django.db import models

from fireline.store.models import columns as c


class Freshness(models.Model):
    """How fresh the results of one outbreak are."""

    outbreak = models.OneToOneField(
        "store.Outbreak", on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    news = models.PositiveBigIntegerField(default=0)  # changes of what the chapters read, so far
    seen = models.PositiveBigIntegerField(default=0)  # of these, taken into the results
    deep = models.PositiveBigIntegerField(default=0)  # changes that results must have seen to be saved
    news_since = c.instant()  # the first change that waits
    news_last = c.instant()
    computed_at = c.instant()  # when the figures of the standing results were read
    asked_at = c.instant()  # a job stands in the queue
    claimed_at = c.instant()  # somebody computes
    claim = c.text(40)
    failed_at = c.instant()
    n_failed = models.PositiveIntegerField(default=0)  # in a row
    fault = c.text(80)  # kind of the last error

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(name="freshness_seen", condition=models.Q(seen__lte=models.F("news"))),
            models.CheckConstraint(
                name="freshness_claim_paired",
                condition=models.Q(claimed_at__isnull=True, claim="")
                | (models.Q(claimed_at__isnull=False) & ~models.Q(claim="")),
            ),
        ]
