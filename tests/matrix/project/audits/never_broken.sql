AUDIT (name never_broken);

SELECT * FROM @this_model WHERE @VAR('broken_audit') = 1;
