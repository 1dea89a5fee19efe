MODEL (
  name oso.events_daily_to_project,
  description 'Events of every source by project, day and type',
  kind VIEW,
  owner 'data-metrics',
  grain (bucket_day, project_id, event_source, event_type),
  tags (
    'export',
    'model_type=view',
    'model_category=events',
    'model_stage=mart',
    'entity_category=project',
    'entity_category=event'
  )
);

SELECT
  bucket_day,
  project_id,
  event_source,
  event_type,
  amount
FROM oso.int_events_daily_to_project
