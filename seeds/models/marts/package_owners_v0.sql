MODEL (
  name oso.package_owners_v0,
  description 'Packages and the project that publishes them',
  kind FULL,
  cron '@weekly',
  owner 'data-directory',
  grain (package_artifact_source, package_artifact_name),
  tags (
    'export',
    'model_type=full',
    'model_category=directory',
    'model_stage=mart',
    'entity_category=artifact',
    'entity_category=project'
  ),
  audits (
    accepted_values(column := package_artifact_source, is_in := ('NPM', 'PYPI', 'CARGO', 'GO'))
  )
);

SELECT
  @oso_id(packages.package_source, packages.package_name)::VARCHAR AS package_artifact_id,
  packages.package_source::VARCHAR AS package_artifact_source,
  packages.package_name::VARCHAR AS package_artifact_name,
  artifacts.project_id::VARCHAR AS package_owner_project_id,
  artifacts.artifact_id::VARCHAR AS package_owner_artifact_id,
  artifacts.artifact_namespace::VARCHAR AS package_owner_artifact_namespace,
  artifacts.artifact_name::VARCHAR AS package_owner_artifact_name
FROM oso.stg_deps_dev__packages AS packages
INNER JOIN oso.artifacts_by_project_v1 AS artifacts
  ON packages.owner_namespace = artifacts.artifact_namespace
  AND packages.owner_name = artifacts.artifact_name
