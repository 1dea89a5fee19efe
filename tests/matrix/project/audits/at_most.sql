AUDIT (name at_most, blocking false);

SELECT * FROM @this_model WHERE id > @threshold;
