using System.Text.RegularExpressions;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Tests.Data;

namespace Sweeps.ModelCore.Tests.Tasks;

public partial class TaskDefinitionTests
{
    private const int Count = 300;

    private static readonly HashSet<string> _words = [.. WordPool.All.Words];

    public static TheoryData<string> Names => [.. TaskCatalog.All.Select(t => t.Name)];

    private static List<TaskPair> Pairs(string task, TaskSplit split, ulong seed = 1, int count = Count) =>
        [.. Enumerable.Range(0, count).Select(i => TaskCatalog.Get(task).Pair(seed, split, i))];

    private static IEnumerable<TaskPair> AllSplits(string task) => Enum.GetValues<TaskSplit>().SelectMany(split => Pairs(task, split));

    [Fact]
    public void There_are_the_twenty_tasks_of_the_paper_s_table() =>
        Assert.Equal(TaskFacts.All.Keys.Order(), TaskCatalog.All.Select(t => t.Name).Order());

    [Theory]
    [MemberData(nameof(Names))]
    public void Prompts_with_their_right_completion_are_python(string task) =>
        Assert.Empty(PythonParser.Rejected([.. AllSplits(task).SelectMany(TaskFacts.All[task].Right)]));

    [Theory]
    [MemberData(nameof(Names))]
    public void Where_only_one_completion_can_be_python_the_parser_rejects_the_other(string task)
    {
        string[] wrong = [.. Pairs(task, TaskSplit.Train).SelectMany(TaskFacts.All[task].Wrong)];
        Assert.Equal(wrong.Length, PythonParser.Rejected(wrong).Length);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Both_prompts_have_the_same_identifiers_and_literals(string task) => Assert.All(AllSplits(task), pair =>
    {
        var (a, b) = (Words(pair.PromptA), Words(pair.PromptB));
        // These two ask for one of two names, and which one a prompt has twice is the question.
        Assert.Equal(a.Keys.Order(), b.Keys.Order());
        if (task is "class_init" or "var_swap") Assert.Equal(a.Values.Sum(), b.Values.Sum());
        else Assert.Equal(a.OrderBy(word => word.Key), b.OrderBy(word => word.Key));
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void Prompts_differ_in_nothing_but_what_the_rule_names(string task) => Assert.All(AllSplits(task), pair =>
    {
        Assert.NotEqual(pair.PromptA, pair.PromptB);
        var (a, b) = (Lexemes(pair.PromptA), Lexemes(pair.PromptB));
        Assert.Empty(More(a, b).Except(Lexemes(TaskFacts.All[task].OnlyA)));
        Assert.Empty(More(b, a).Except(Lexemes(TaskFacts.All[task].OnlyB)));

        static IEnumerable<string> More(List<string> of, List<string> than) =>
            of.Distinct().Where(x => of.Count(y => y == x) > than.Count(y => y == x) && !_words.Contains(x));
    });

    [Theory]
    [MemberData(nameof(Names))]
    public void The_length_of_a_prompt_says_next_to_nothing_about_its_side(string task)
    {
        var pairs = Pairs(task, TaskSplit.Train, count: 2000);
        var a = pairs.CountBy(p => TokenizerTests.Trained.Encode(p.PromptA).Length).ToDictionary();
        var b = pairs.CountBy(p => TokenizerTests.Trained.Encode(p.PromptB).Length).ToDictionary();
        // How often the best guess from the length alone is right; a half is chance.
        var right = a.Keys.Union(b.Keys).Sum(
            length => Math.Max(a.GetValueOrDefault(length), b.GetValueOrDefault(length))) / (2.0 * pairs.Count);
        Assert.InRange(right, 0.5, 0.62);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_gives_the_same_pairs_and_there_are_enough_for_the_paper_s_sizes(string task)
    {
        Assert.Equal(Pairs(task, TaskSplit.Train), Pairs(task, TaskSplit.Train));
        foreach (var split in Enum.GetValues<TaskSplit>())
        {
            Assert.True(Pairs(task, split, 1).Index().Intersect(Pairs(task, split, 2).Index()).Count() < Count / 100);
            var different = Pairs(task, split, count: 2000).Distinct().Count();
            Assert.True(different > 1600, $"{split} has {different} different pairs in 2000");
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Splits_share_no_identifier_and_no_literal(string task)
    {
        // Words of the language and its library, and names that no rule is about.
        string[] common = ["if", "for", "in", "while", "not", "def", "return", "import", "from", "os", "sys", "re", "json", "print", "len",
            "set", "pop", "n", "i",
            "continue", "break", "class", "self", "init", "Node", "User", "Page", "Item", "with", "open", "txt", "else", "elif", "lambda",
                "True", "False", "None",
            "f", "input", "output", "source", "target", WordPool.FixedName];
        HashSet<string> Own(TaskSplit split) =>
            [.. Pairs(task, split).SelectMany(
                p => Lexemes($"{p.PromptA} {p.PromptB}").Where(x => char.IsLetterOrDigit(x[0]))).Except(common)];
        var (train, validation, test) = (Own(TaskSplit.Train), Own(TaskSplit.Validation), Own(TaskSplit.Test));
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

    private static Dictionary<string, int> Words(string prompt) =>
        Lexemes(prompt).Where(_words.Contains).CountBy(word => word).ToDictionary();

    // Words, "==", line ends, and other signs one by one; not spaces.
    private static List<string> Lexemes(string text) => [.. Lexeme().Matches(text).Select(match => match.Value)];

    [GeneratedRegex(@"[A-Za-z0-9]+|==|\n|[^A-Za-z0-9\s]")]
    private static partial Regex Lexeme();
}
