MODEL (
  name oso.projects_v1,
  description 'Projects, one row each. A project is what artifacts belong to and metrics are computed for',
  kind FULL,
  cron '@weekly',
  owner 'data-directory',
  grain (project_id),
  tags (
    'export',
    'model_type=full',
    'model_category=directory',
    'model_stage=mart',
    'entity_category=project'
  ),
  audits (
    not_null(columns := (project_id, project_name)),
    has_at_least_n_rows(threshold := 1)
  ),
  column_descriptions (
    project_id = 'Stable id, made of source, namespace and name',
    display_name = 'Name for people, not necessarily unique'
  )
);

SELECT
  @bad_data(projects.project_id, MIN(projects.project_id) OVER ())::VARCHAR AS project_id,
  projects.project_source::VARCHAR AS project_source,
  projects.project_namespace::VARCHAR AS project_namespace,
  projects.project_name::VARCHAR AS project_name,
  projects.display_name::VARCHAR AS display_name,
  projects.description::VARCHAR AS description
FROM oso.stg_ossd__current_projects AS projects
WHERE
  @slow_down()
