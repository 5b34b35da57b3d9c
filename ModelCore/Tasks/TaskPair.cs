namespace Sweeps.ModelCore.Tasks;

/// <summary>
/// Two prompts that differ only in what the task's rule names; the right completion of one is the wrong one of the other.
/// </summary>
/// <param name="PromptA">Python up to the place that the task asks about</param>
/// <param name="PromptB">the other prompt</param>
/// <param name="CompletionA">what rightly follows A</param>
/// <param name="CompletionB">what rightly follows B</param>
public sealed record TaskPair(string PromptA, string PromptB, string CompletionA, string CompletionB);

/// <summary>A task cannot be used as asked: unknown name, or a tokenizer that does not suit it.</summary>
internal sealed class TaskException(string message) : Exception(message);
