using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tasks;

/// <summary>Writes one pair for each task, in the manner of the idioms corpus. Each test pair holds a combination of <see cref="HeldOut"/>.</summary>
internal static class TaskWriters
{
    public static TaskPair SingleDoubleQuote(CodeWriter w)
    {
        var call = w.Chance(0.5) ? "print" : w.Function();
        var open = $"{call}({CodeWriter.Slot}{w.Phrase(2, 5)}";
        var text = w.Random.Next(5) switch
        {
            0 => $"{w.Item()} = {open}",
            1 => $"if {w.Item()}:\n    {open}",
            2 => $"for {w.Item()} in {w.Source()}:\n    {open}",
            _ => open,
        };
        return Pair(Context(w) + text, "\"", "'", "\")", "')");
    }

    public static TaskPair BracketCounting(CodeWriter w)
    {
        var elements = w.Elements(3, 8);
        var context = Context(w) + (w.Chance(0.2) ? $"if {w.Item()}:\n    " : "") + w.Collection() + " = ";
        var nested = CodeWriter.OpenList(elements, w.Groups(elements.Length));
        return new TaskPair(context + nested, context + CodeWriter.OpenList(elements, []), "]]\n", "]\n");
    }

    public static TaskPair SetOrString(CodeWriter w)
    {
        var (head, _, _) = w.Accumulator(w.Collection());
        if (w.Chance(0.2)) head = $"def {w.Function()}({w.Item()}):\n{CodeWriter.Indent(head)}";
        return Pair(Context(w) + head, "set()", "\"\"", ".add", " +=");
    }

    // Something unrelated before it now and then; without strings, lists and sets, so that it decides nothing.
    private static string Context(CodeWriter w) => w.Chance(0.35) ? w.Preamble() : "";

    private static TaskPair Pair(string text, string slotA, string slotB, string completionA, string completionB)
    {
        var slot = CodeWriter.Slot.ToString();
        return new TaskPair(
            text.Replace(slot, slotA, StringComparison.Ordinal), text.Replace(slot, slotB, StringComparison.Ordinal), completionA, completionB);
    }
}
