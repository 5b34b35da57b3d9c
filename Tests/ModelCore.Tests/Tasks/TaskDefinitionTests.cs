using System.Text.RegularExpressions;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Tests.Data;

namespace Sweeps.ModelCore.Tests.Tasks;

public class TaskDefinitionTests
{
    private const int Count = 300;

    public static TheoryData<string> Names => [.. TaskCatalog.All.Select(t => t.Name)];

    private static IEnumerable<TaskPair> Pairs(string task, TaskSplit split, ulong seed = 1) =>
        Enumerable.Range(0, Count).Select(i => TaskCatalog.Get(task).Pair(seed, split, i));

    [Fact]
    public void Quote_prompts_differ_only_in_the_quote_that_opens() => Assert.All(
        Enum.GetValues<TaskSplit>().SelectMany(s => Pairs("single_double_quote", s)), p =>
        {
            Assert.Single(p.PromptA, '"');
            Assert.DoesNotContain('\'', p.PromptA);
            Assert.Equal(p.PromptB, p.PromptA.Replace('"', '\''));
            Assert.Equal(("\")", "')"), (p.CompletionA, p.CompletionB));
        });

    [Fact]
    public void Bracket_prompts_differ_only_in_the_nesting() => Assert.All(
        Enum.GetValues<TaskSplit>().SelectMany(s => Pairs("bracket_counting", s)), p =>
        {
            Assert.Equal((2, 1), (Depth(p.PromptA), Depth(p.PromptB)));
            Assert.Equal(p.PromptB, p.PromptA.Replace("], [", ", ", StringComparison.Ordinal).Replace("[[", "[", StringComparison.Ordinal));
            Assert.Equal(("]]\n", "]\n"), (p.CompletionA, p.CompletionB));
        });

    [Fact]
    public void Set_or_string_prompts_differ_only_in_the_first_value() => Assert.All(
        Enum.GetValues<TaskSplit>().SelectMany(s => Pairs("set_or_string", s)), p =>
        {
            var name = Regex.Match(p.PromptA, @"(\w+) = set\(\)\n").Groups[1].Value;
            Assert.EndsWith(" " + name, p.PromptA, StringComparison.Ordinal);
            Assert.DoesNotContain("\"", p.PromptA, StringComparison.Ordinal);
            Assert.Equal(p.PromptB, p.PromptA.Replace("set()", "\"\"", StringComparison.Ordinal));
            Assert.Equal((".add", " +="), (p.CompletionA, p.CompletionB));
        });

    [Theory]
    [MemberData(nameof(Names))]
    public void Prompts_with_their_right_completion_are_python(string task)
    {
        // What is still open after the completion of set_or_string is one operand.
        var rest = task == "set_or_string" ? ("(x)\n", " x\n") : ("\n", "\n");
        var documents = Pairs(task, TaskSplit.Train).Concat(Pairs(task, TaskSplit.Test))
            .SelectMany(p => new[] { p.PromptA + p.CompletionA + rest.Item1, p.PromptB + p.CompletionB + rest.Item2 }).ToList();
        Assert.Empty(PythonParser.Rejected(documents));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_pairs_and_they_vary(string task)
    {
        Assert.Equal(Pairs(task, TaskSplit.Train), Pairs(task, TaskSplit.Train));
        Assert.NotEqual(Pairs(task, TaskSplit.Train, 1), Pairs(task, TaskSplit.Train, 2));
        foreach (var split in Enum.GetValues<TaskSplit>())
            Assert.True(Pairs(task, split).Distinct().Count() > Count / 2, $"{split} repeats itself");
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Splits_share_no_identifier_and_no_literal(string task)
    {
        // Words of the language and its library, and names that no rule is about.
        string[] common = ["if", "for", "in", "while", "not", "def", "return", "import", "from", "os", "sys", "re", "json", "print", "len", "set", "pop", "n",
            "continue", "break"];
        HashSet<string> Words(TaskSplit split) =>
            [.. Pairs(task, split).SelectMany(p => Regex.Matches(p.PromptA, @"\w+").Select(m => m.Value)).Except(common)];
        var (train, validation, test) = (Words(TaskSplit.Train), Words(TaskSplit.Validation), Words(TaskSplit.Test));
        Assert.Empty(train.Intersect(validation).Concat(train.Intersect(test)).Concat(validation.Intersect(test)));
        Assert.Empty(test.Except(WordPool.Test.Words));
    }

    [Fact]
    public void Word_pools_of_the_splits_are_disjoint_and_the_corpus_knows_every_word()
    {
        string[] all = [.. WordPool.Train.Words, .. WordPool.Validation.Words, .. WordPool.Test.Words];
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.Empty(all.Except(WordPool.All.Words));
    }

    [Fact]
    public void An_unknown_task_is_answered_with_the_nearest_name()
    {
        var error = Assert.Throws<TaskException>(() => TaskCatalog.Get("braket_countin"));
        Assert.Contains("did you mean 'bracket_counting'?", error.Message, StringComparison.Ordinal);
    }

    private static int Depth(string text) => text.Count(c => c == '[') - text.Count(c => c == ']');
}
