"""All rules of our own."""

from typing import Final

from infra.rules import api, functions, messages, policies, state
from infra.rules.findings import Finding, Rule, findings
from infra.rules.system import System

RULES: Final[tuple[Rule, ...]] = (
    api.routes_have_an_authorizer,
    api.authorizers_are_not_cached,
    api.stages_are_logged_traced_and_throttled,
    messages.stream_mappings_are_bounded,
    messages.queue_mappings_are_bounded,
    messages.queues_have_dead_letter_queues,
    messages.queues_that_people_empty_have_alarms,
    messages.queues_are_encrypted_with_our_key,
    messages.schedules_keep_what_they_could_not_start,
    functions.functions_are_bounded_and_traced,
    functions.functions_log_where_it_is_kept,
    functions.log_groups_end_and_are_encrypted,
    functions.asynchronous_functions_keep_what_failed,
    state.tables_are_protected_and_recoverable,
    state.buckets_are_private_and_encrypted,
    state.buckets_take_tls_only,
    state.keys_are_rotated,
    state.everything_stays_in_its_region,
    policies.no_action_is_a_pattern,
    policies.every_resource_is_named,
    policies.audit_entries_are_only_added,
    policies.resource_policies_are_not_public,
    policies.roles_are_assumed_within_the_account,
)


def all_findings(system: System) -> list[Finding]:
    """Return what breaks any of our rules."""
    return [finding for rule in RULES for finding in findings(rule, system)]
