using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tasks;

/// <summary>A task written as text: how most of the built-in ones are written, and how users write their own. The syntax is that of docs/tasks.md.</summary>
public sealed record TaskTemplate
{
    /// <summary>What tells A from B, in words.</summary>
    public required string Rule { get; init; }

    /// <summary>Prompts with slots and at least one alternative; a pair is made from one of them, drawn evenly.</summary>
    public required IReadOnlyList<string> Prompts { get; init; }

    /// <summary>What rightly follows prompt A; may have the slots of the prompts.</summary>
    public required string CompletionA { get; init; }

    /// <summary>What rightly follows prompt B.</summary>
    public required string CompletionB { get; init; }

    /// <summary>Pools of words by the name of their slots, beside the built-in ones; default none.</summary>
    public IReadOnlyDictionary<string, WordSplits> Words { get; init; } = new Dictionary<string, WordSplits>();

    /// <summary>What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.</summary>
    public IEnumerable<string> Validate()
    {
        if (Rule.Length == 0) yield return "rule is empty: expected what tells A from B, in words";
        if (Prompts.Count == 0) yield return "prompts is empty: expected at least one";
        foreach (var problem in Prompts.Index().SelectMany(prompt => Check($"prompts.{prompt.Index}", prompt.Item, isPrompt: true))) yield return problem;
        foreach (var problem in Prompts.Index().SelectMany(prompt => Shortage($"prompts.{prompt.Index}", [prompt.Item, CompletionA, CompletionB]))) yield return problem;
        foreach (var problem in Check("completion_a", CompletionA, isPrompt: false).Concat(Check("completion_b", CompletionB, isPrompt: false))) yield return problem;
        if (CompletionA == CompletionB) yield return $"completion_b is {Shown(CompletionB)}, as completion_a is: expected two completions that differ";
        foreach (var name in Words.Keys.Where(name => name.Length == 0 || !name.All(char.IsAsciiLetter)))
            yield return $"words.{name} is not a name for slots: expected letters";
        foreach (var name in Words.Keys.Intersect(SlotValues.BuiltIn)) yield return $"words.{name} is built in: expected another name";
        foreach (var problem in SharedWords()) yield return problem;
    }

    /// <summary>The task that these templates describe.</summary>
    /// <exception cref="ArgumentException">they are not valid</exception>
    internal TaskDefinition Define(string name)
    {
        var problems = string.Join("; ", Validate().Concat(Words.SelectMany(pool => pool.Value.Validate().Select(problem => $"words.{pool.Key}.{problem}"))));
        if (problems.Length > 0) throw new ArgumentException($"task {name}: {problems}");
        var prompts = Prompts.Select(PromptTemplate.Parse).ToList();
        var (a, b) = (PromptTemplate.Parse(CompletionA), PromptTemplate.Parse(CompletionB));
        return new TaskDefinition(name, Rule, CompletionA, CompletionB, (writer, split) =>
        {
            var values = new SlotValues(writer, Words.ToDictionary(pool => pool.Key, pool => pool.Value.Of(split)));
            var prompt = writer.Random.Choose(prompts);
            return new TaskPair(prompt.A(Value), prompt.B(Value), a.A(Value), b.B(Value));

            string Value(string slot) => values[slot];
        });
    }

    private IEnumerable<string> Check(string key, string text, bool isPrompt)
    {
        var (template, problem) = Read(text);
        if (template is null) yield return $"{key} is {Shown(text)}, which has {problem}";
        else if (text.Length == 0) yield return $"{key} is empty: expected text";
        else if (isPrompt && !template.Differs) yield return $"{key} is {Shown(text)}, the same for A and B: expected a $<A|B> whose sides differ";
        else if (!isPrompt && template.Differs) yield return $"{key} is {Shown(text)}: expected no $<A|B>, as each prompt has a completion of its own";
        string[] known = [.. SlotValues.BuiltIn, .. Words.Keys];
        foreach (var slot in (template?.Slots ?? []).Distinct().Where(slot => !known.Contains(SlotValues.KindOf(slot))))
            yield return $"{key} has ${slot}, for which there are no words: did you mean ${Spelling.Nearest(SlotValues.KindOf(slot), known)}?";
    }

    private IEnumerable<string> Shortage(string key, string[] texts) =>
        from kind in texts.SelectMany(text => Read(text).Template?.Slots ?? []).Distinct().GroupBy(SlotValues.KindOf)
        let words = Words.TryGetValue(kind.Key, out var own) ? own.Least : SlotValues.WordsOf(kind.Key)
        where words > 0 && words < kind.Count()
        select $"{key} and its completions have {kind.Count()} different ${kind.Key}, of which a split has {words}: expected no more";

    private static (PromptTemplate? Template, string? Problem) Read(string text)
    {
        try
        {
            return (PromptTemplate.Parse(text), null);
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
    }

    private IEnumerable<string> SharedWords()
    {
        var first = new Dictionary<string, (string Place, TaskSplit Split)>(StringComparer.Ordinal);
        foreach (var (name, pool) in Words)
        {
            foreach (var split in Enum.GetValues<TaskSplit>())
            {
                var place = $"words.{name}.{TaskText.NameOf(split)}";
                foreach (var word in pool.Of(split))
                {
                    if (!first.TryAdd(word, (place, split)) && first[word].Split != split)
                        yield return $"{place} has \"{word}\", which {first[word].Place} has too: expected splits that share no word";
                }
            }
        }
    }

    private static string Shown(string text) => TaskText.Quoted(text.Length <= 60 ? text : text[..57] + "...");
}
