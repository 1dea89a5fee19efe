MODEL (
  name oso.stg_ossd__current_projects,
  description 'The most recent view of the projects in OSS Directory',
  kind FULL,
  cron '@weekly',
  owner 'data-directory',
  grain (project_id),
  tags (
    'model_type=full',
    'model_stage=staging',
    'entity_category=project'
  ),
  audits (
    unique_values(columns := (project_id))
  )
);

SELECT
  @oso_id('OSS_DIRECTORY', 'oso', LOWER(name))::VARCHAR AS project_id,
  'OSS_DIRECTORY'::VARCHAR AS project_source,
  'oso'::VARCHAR AS project_namespace,
  LOWER(name)::VARCHAR AS project_name,
  display_name::VARCHAR AS display_name,
  description::VARCHAR AS description,
  websites::VARCHAR AS websites,
  github::VARCHAR AS github,
  committed_time::TIMESTAMP AS committed_time
FROM oso.seed_ossd__projects
