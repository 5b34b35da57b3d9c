namespace Sweeps.ModelCore.Tasks;

/// <summary>How tasks are named in messages.</summary>
internal static class TaskText
{
    /// <summary>A split as files and the command line name it.</summary>
    public static string NameOf(TaskSplit split) => split.ToString().ToLowerInvariant();

    /// <summary>A text in quotes, on one line.</summary>
    public static string Quoted(string text) => $"\"{text.Replace("\n", "\\n", StringComparison.Ordinal)}\"";
}
