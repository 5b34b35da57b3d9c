namespace Sweeps.ModelCore.Tasks;

/// <summary>What a task written as text must be, and what it means.</summary>
public static class TaskTemplateRules
{
    /// <summary>
    /// What is wrong with these values, one sentence each with the option, the value and what was expected; empty when nothing is.
    /// </summary>
    public static IEnumerable<string> Validate(this TaskTemplate template)
    {
        if (template.Rule.Length == 0) yield return "rule is empty: expected what tells A from B, in words";
        if (template.Prompts.Count == 0) yield return "prompts is empty: expected at least one";
        foreach (var problem in template.Prompts.Index().SelectMany(
            prompt => Check(template, $"prompts.{prompt.Index}", prompt.Item, isPrompt: true))) yield return problem;
        foreach (var problem in template.Prompts.Index().SelectMany(
            prompt =>
                Shortage(template, $"prompts.{prompt.Index}",
                    [prompt.Item, template.CompletionA, template.CompletionB]))) yield return problem;
        foreach (var problem in Check(template, "completion_a", template.CompletionA, isPrompt: false).Concat(
            Check(template, "completion_b", template.CompletionB, isPrompt: false))) yield return problem;
        if (template.CompletionA == template.CompletionB)
            yield return $"completion_b is {Shown(template.CompletionB)}, as completion_a is: expected two completions that differ";
        foreach (var name in template.Words.Keys.Where(name => name.Length == 0 || !name.All(char.IsAsciiLetter)))
            yield return $"words.{name} is not a name for slots: expected letters";
        foreach (var name in template.Words.Keys.Intersect(SlotValues.BuiltIn))
            yield return $"words.{name} is built in: expected another name";
        foreach (var problem in SharedWords(template)) yield return problem;
    }

    /// <summary>The task that these templates describe.</summary>
    /// <exception cref="JobInputException">they are not valid</exception>
    internal static TaskDefinition Define(this TaskTemplate template, string name)
    {
        var problems = string.Join(
            "; ",
            template.Validate().Concat(
                template.Words.SelectMany(pool => pool.Value.Validate().Select(problem => $"words.{pool.Key}.{problem}"))));
        if (problems.Length > 0) throw new JobInputException($"task {name}: {problems}");
        var prompts = template.Prompts.Select(PromptTemplate.Parse).ToList();
        var (a, b) = (PromptTemplate.Parse(template.CompletionA), PromptTemplate.Parse(template.CompletionB));
        return new TaskDefinition(name, template.Rule, template.CompletionA, template.CompletionB, (writer, split) =>
        {
            var values = new SlotValues(writer, template.Words.ToDictionary(pool => pool.Key, pool => pool.Value.Of(split)));
            var prompt = writer.Random.Choose(prompts);
            return new TaskPair(prompt.A(Value), prompt.B(Value), a.A(Value), b.B(Value));

            string Value(string slot) => values[slot];
        });
    }

    private static IEnumerable<string> Check(TaskTemplate template, string key, string text, bool isPrompt)
    {
        var (parsed, problem) = Read(text);
        if (parsed is null) yield return $"{key} is {Shown(text)}, which has {problem}";
        else if (text.Length == 0) yield return $"{key} is empty: expected text";
        else if (isPrompt && !parsed.Differs)
            yield return $"{key} is {Shown(text)}, the same for A and B: expected a $<A|B> whose sides differ";
        else if (!isPrompt && parsed.Differs)
            yield return $"{key} is {Shown(text)}: expected no $<A|B>, as each prompt has a completion of its own";
        string[] known = [.. SlotValues.BuiltIn, .. template.Words.Keys];
        foreach (var slot in (parsed?.Slots ?? []).Distinct().Where(slot => !known.Contains(SlotValues.KindOf(slot))))
            yield return $"{key} has ${slot}, for which there are no words: did you mean "
                + $"${Spelling.Nearest(SlotValues.KindOf(slot), known)}?";
    }

    private static IEnumerable<string> Shortage(TaskTemplate template, string key, string[] texts) =>
        from kind in texts.SelectMany(text => Read(text).Template?.Slots ?? []).Distinct().GroupBy(SlotValues.KindOf)
        let words = template.Words.TryGetValue(kind.Key, out var own) ? own.Least : SlotValues.WordsOf(kind.Key)
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

    private static IEnumerable<string> SharedWords(TaskTemplate template)
    {
        var first = new Dictionary<string, (string Place, TaskSplit Split)>(StringComparer.Ordinal);
        foreach (var (name, pool) in template.Words)
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
