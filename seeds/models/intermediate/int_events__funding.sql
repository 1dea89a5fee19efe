MODEL (
  name oso.int_events__funding,
  description 'Money received by projects, in US dollars, from Open Collective and Gitcoin',
  kind INCREMENTAL_BY_TIME_RANGE (
    time_column time,
    batch_size 2,
    batch_concurrency 1
  ),
  start '2025-01-01',
  end '2025-06-30',
  cron '@monthly',
  owner 'data-funding',
  grain (event_source, event_source_id),
  tags (
    'funding',
    'model_type=incremental',
    'model_stage=intermediate',
    'entity_category=event',
    'entity_category=project'
  ),
  audits (
    not_null(columns := (project_id, amount))
  )
);

WITH all_funding AS (
  SELECT
    time,
    'OPEN_COLLECTIVE' AS event_source,
    id AS event_source_id,
    project_name,
    amount
  FROM oso.stg_open_collective__deposits
  WHERE
    currency = 'USD'
  UNION ALL
  SELECT
    time,
    'GITCOIN' AS event_source,
    transaction_hash AS event_source_id,
    project_name,
    amount_in_usd AS amount
  FROM oso.stg_gitcoin__all_donations
)

SELECT
  all_funding.time::TIMESTAMP AS time,
  'FUNDING_RECEIVED'::VARCHAR AS event_type,
  all_funding.event_source_id::VARCHAR AS event_source_id,
  all_funding.event_source::VARCHAR AS event_source,
  projects.project_id::VARCHAR AS project_id,
  all_funding.amount::DOUBLE AS amount
FROM all_funding
INNER JOIN oso.stg_ossd__current_projects AS projects
  ON all_funding.project_name = projects.project_name
WHERE
  all_funding.time BETWEEN @start_dt AND @end_dt
