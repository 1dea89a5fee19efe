MODEL (
  name oso.stg_deps_dev__packages,
  description 'Packages and the GitHub repositories they are published from',
  kind VIEW,
  owner 'data-directory',
  grain (package_source, package_name),
  tags (
    'model_type=view',
    'model_stage=staging',
    'entity_category=artifact'
  )
);

SELECT
  UPPER(system)::VARCHAR AS package_source,
  LOWER(name)::VARCHAR AS package_name,
  version::VARCHAR AS version,
  SPLIT_PART(LOWER(project_name), '/', 1)::VARCHAR AS owner_namespace,
  SPLIT_PART(LOWER(project_name), '/', 2)::VARCHAR AS owner_name
FROM oso.seed_deps_dev__packages
WHERE
  project_type = 'GITHUB'
