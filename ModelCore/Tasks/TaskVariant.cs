namespace Sweeps.ModelCore.Tasks;

/// <summary>
/// A task made harder in one way and to one degree, with the same rule and completions: prompts that should mislead a circuit which decides
/// as it seems to [G 3.2.2, fig. 8].
/// Pair i has the same words at every level, as far as the level has room for them.
/// </summary>
/// <param name="Kind">in which way, e.g. distractor</param>
/// <param name="Level">how much of it, as the kind counts</param>
/// <param name="Task">the task so changed</param>
public sealed record TaskVariant(string Kind, int Level, TaskDefinition Task);
