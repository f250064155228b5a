"""The closed lists of words a pack may use: anchors, moments, places, units of land and facts.

Foundation: policy.concepts builds the shape of each concept from them.
"""

from __future__ import annotations

DAY_ZERO = ("anchor_day", "next_day")
"""Whether the anchor's own day is day 1 ("anchor_day") or the day after it ("next_day")."""

ANCHORS = (
    "last_exposure", "first_exposure", "admission", "arrival", "departure", "sampling", "onset", "rash_onset",
    "onset_or_sampling", "report", "diagnosis", "identified", "transfer_of_last_contact",
    "last_positive_removed", "symptom_end", "treatment_start", "last_case", "discharge",
)  # fmt: skip
"""The moments a duration may be counted from."""

MOMENTS = (
    *ANCHORS, "finding", "acceptance", "admitted", "report_filed", "trajectory", "zone_set", "round_done",
    "sample_taken", "result", "verified", "released", "notified", "appeal", "answer", "listed", "published",
    "detected",
    "response_complete", "emergence", "assessed", "received", "forwarded",
)  # fmt: skip
"""The moments between which a deadline runs."""

PLACES = ("central", "home", "home_monitoring", "hospital", "self_monitoring", "stay_until_negative")
"""Where a phase of a measure is spent."""

AREA_UNITS = (
    "household", "floor", "unit", "building", "compound", "village", "street", "township", "county", "city",
    "compound_or_village", "unit_or_building", "household<=building",
)  # fmt: skip
"""Units of land, from small to large, and the combinations editions have used."""

CONTACT_FACTS = (
    "overlap_minutes", "is_household", "is_stated", "is_manifest", "place_kind", "same_seat_zone",
    "same_day_place", "distance_m", "is_care", "is_physical", "is_unprotected", "is_shared_air",
    "is_susceptible", "seat_rows_apart", "same_carriage", "flight_hours", "cumulative_hours_week",
    "days_after_case_left", "minutes_after_case_left", "grid_overlap_minutes", "grid_m", "stay_hours_14d",
)  # fmt: skip
"""What a contact class may ask of one pair of case and person."""

CASE_FACTS = (
    "symptom:*", "exposure:*", "lab:*", "lab_positive", "is_linked", "has_onset", "n_symptoms",
    "has_exposure", "age", "sex", "group", "occupation", "area_code", "origin", "cluster",
    "fever_c", "cough_weeks", "n_loose_stools_24h", "n_vomits_24h", "chest_film_suspect",
)  # fmt: skip
"""What a case definition may ask of one person; ``symptom:*`` stands for any name after the colon."""

ZONE_FACTS = (
    "days_no_new_infection", "days_since_last_contact_exposure", "days_since_last_contact_transfer",
    "full_round_negative_within_days", "full_round_negative_on_day", "all_sealed_and_managed_lifted",
    "breteau_index", "days_since_last_case", "contacts_all_released", "clean_samples_in_row",
)  # fmt: skip
"""What the lifting of a zone may ask."""

LEVEL_FACTS = (
    "new_cases_14d",
    "cumulative_cases",
    "has_cluster_14d",
    "days_no_new_infection",
    "breteau_index",
)
"""What the level of an area may ask."""

CLASSES = ("close", "secondary", "general", "companion")
"""Contact classes, from the nearest to the widest."""

FOUND_AS = (
    "community", "central_isolation", "home_isolation", "closed_loop", "re_positive", "past_infection",
)  # fmt: skip
"""Kinds of case a rule may leave out of the count of new infections: values of cases.found_as."""
