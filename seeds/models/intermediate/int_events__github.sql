MODEL (
  name oso.int_events__github,
  description 'Events of GitHub between two artifacts: who did what to which repository',
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column time,
    batch_size 2,
    batch_concurrency 1
  ),
  start '2025-01-01',
  end '2025-06-30',
  cron '@monthly',
  owner 'data-github',
  grain (event_source_id),
  partitioned_by (MONTH(time)),
  tags (
    'github',
    'model_type=incremental',
    'model_stage=intermediate',
    'entity_category=event',
    'entity_category=artifact'
  ),
  audits (
    not_null(columns := (event_type, from_artifact_id, to_artifact_id))
  )
);

SELECT
  events.created_at::TIMESTAMP AS time,
  event_types.event_type::VARCHAR AS event_type,
  events.id::VARCHAR AS event_source_id,
  'GITHUB'::VARCHAR AS event_source,
  @oso_id('GITHUB', events.actor_login, events.actor_login)::VARCHAR AS from_artifact_id,
  events.actor_login::VARCHAR AS from_artifact_name,
  @oso_id(
    'GITHUB', SPLIT_PART(events.repo_name, '/', 1), SPLIT_PART(events.repo_name, '/', 2)
  )::VARCHAR AS to_artifact_id,
  SPLIT_PART(events.repo_name, '/', 1)::VARCHAR AS to_artifact_namespace,
  SPLIT_PART(events.repo_name, '/', 2)::VARCHAR AS to_artifact_name,
  1::DOUBLE AS amount
FROM oso.stg_github__events AS events
INNER JOIN oso.int_event_types AS event_types
  ON events.type = event_types.source_type
WHERE
  events.created_at BETWEEN @start_dt AND @end_dt AND @slow_down()
