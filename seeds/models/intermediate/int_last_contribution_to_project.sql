MODEL (
  name oso.int_last_contribution_to_project,
  description 'When each contributor was last active in a project; a later batch replaces what an earlier one knew',
  kind INCREMENTAL_BY_UNIQUE_KEY (
    unique_key (project_id, contributor_id)
  ),
  start '2025-01-01',
  end '2025-06-30',
  cron '@monthly',
  owner 'data-metrics',
  grain (project_id, contributor_id),
  tags (
    'github',
    'model_type=incremental',
    'model_stage=intermediate',
    'entity_category=project'
  ),
  audits (
    unique_combination_of_columns(columns := (project_id, contributor_id))
  )
);

SELECT
  artifacts.project_id::VARCHAR AS project_id,
  events.from_artifact_id::VARCHAR AS contributor_id,
  MAX_BY(events.from_artifact_name, events.time)::VARCHAR AS contributor_name,
  MAX(events.time)::TIMESTAMP AS last_active_at
FROM oso.int_events__github AS events
INNER JOIN oso.int_artifacts_by_project AS artifacts
  ON events.to_artifact_id = artifacts.artifact_id
WHERE
  events.time BETWEEN @start_dt AND @end_dt
GROUP BY
  1, 2
