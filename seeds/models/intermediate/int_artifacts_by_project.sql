MODEL (
  name oso.int_artifacts_by_project,
  description 'Repositories that belong to a project, by itself or through its organisation',
  kind FULL,
  cron '@weekly',
  owner 'data-directory',
  grain (project_id, artifact_id),
  tags (
    'model_type=full',
    'model_stage=intermediate',
    'entity_category=project',
    'entity_category=artifact'
  ),
  audits (
    unique_combination_of_columns(columns := (project_id, artifact_id))
  )
);

WITH github_urls AS (
  SELECT
    projects.project_id,
    projects.project_name,
    LOWER(urls.url) AS url
  FROM oso.stg_ossd__current_projects AS projects
  CROSS JOIN UNNEST(SPLIT(projects.github, ';')) AS urls(url)
)

SELECT DISTINCT
  github_urls.project_id::VARCHAR AS project_id,
  github_urls.project_name::VARCHAR AS project_name,
  @oso_id('GITHUB', repos.owner, repos.name)::VARCHAR AS artifact_id,
  repos.id::VARCHAR AS artifact_source_id,
  'GITHUB'::VARCHAR AS artifact_source,
  repos.owner::VARCHAR AS artifact_namespace,
  repos.name::VARCHAR AS artifact_name,
  repos.url::VARCHAR AS artifact_url,
  'REPOSITORY'::VARCHAR AS artifact_type
FROM github_urls
INNER JOIN oso.stg_ossd__current_repositories AS repos
  ON github_urls.url IN (repos.url, CONCAT('https://github.com/', repos.owner))
