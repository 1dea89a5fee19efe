import typing as t

from sqlglot import exp
from sqlmesh.core.linter.rule import Rule, RuleViolation
from sqlmesh.core.model import Model

DIRECTORY = {
    "project": {"projects_v1", "int_artifacts_by_project", "artifacts_by_project_v1"},
    "collection": {"collections_v1", "int_projects_by_collection", "projects_by_collection_v1"},
}


class EntityCategoryTagRequired(Rule):
    """A model that reads the directory of an entity carries the entity's category tag."""

    def check_model(self, model: Model) -> t.Optional[RuleViolation]:
        read = {exp.to_table(name).name for name in model.depends_on}
        missing = [
            f"entity_category={category}"
            for category, tables in DIRECTORY.items()
            if read & tables and f"entity_category={category}" not in model.tags
        ]
        return self.violation(f"{model.name} needs the tag {', '.join(missing)}") if missing else None


class OwnerRequired(Rule):
    """Every model has an owner."""

    def check_model(self, model: Model) -> t.Optional[RuleViolation]:
        if model.owner or model.kind.is_external:
            return None
        return self.violation(f"{model.name} has no owner")
