"""One account of a member of staff: role, area and unit.

Store: made by actions.accounts; AUTH_USER_MODEL.
"""

from __future__ import annotations

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models

from fireline.store.models import columns as c


class User(AbstractBaseUser):
    """One account of a member of staff; accounts are never deleted, only disabled."""

    username = models.CharField(max_length=150, unique=True)
    display = c.text(150)
    role = models.CharField(max_length=24)
    area_code = c.optional_key()  # what the account may see: this area and everything below it; "" = all
    unit = c.text(150)
    reporting_unit = models.ForeignKey(  # of a reporter: the one unit the account reports for
        "store.ReportingUnit", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    language = models.CharField(max_length=10, default="zh-hans")
    is_active = models.BooleanField(default=True)
    is_demo = models.BooleanField(default=False)
    made_at = models.DateTimeField()
    disabled_at = c.instant()

    USERNAME_FIELD = "username"
    REQUIRED_FIELDS: ClassVar[list[str]] = []
    objects: ClassVar[BaseUserManager[User]] = BaseUserManager()

    class Meta:
        """Constraints and indexes."""

        constraints = [
            models.CheckConstraint(
                name="user_role",
                condition=models.Q(
                    role__in=["epidemiologist", "commander", "grid_worker", "supervisor", "reporter"]
                ),
            ),
            models.CheckConstraint(
                name="user_reporter_of_a_unit",
                condition=models.Q(role="reporter", reporting_unit__isnull=False)
                | (~models.Q(role="reporter") & models.Q(reporting_unit__isnull=True)),
            ),
            models.CheckConstraint(
                name="user_disabled_paired",
                condition=models.Q(is_active=True, disabled_at__isnull=True)
                | models.Q(is_active=False, disabled_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.username

    def get_full_name(self) -> str:
        """Name shown in the header of the console."""
        return self.display or self.username
