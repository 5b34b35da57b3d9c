using System.Text.RegularExpressions;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tasks;

namespace Sweeps.ModelCore.Tests.Data;

public partial class IdiomGeneratorTests
{
    private static readonly HashSet<string> _words = [.. WordPool.All.Words];

    private static string[] Documents(int count, ulong seed = 1, params string[] focus)
    {
        var generator = new IdiomGenerator(new IdiomsOptions { Focus = focus }, seed);
        return [.. Enumerable.Range(0, count).Select(i => generator.Document(i))];
    }

    [Fact]
    public void The_options_know_the_constructs_by_the_names_and_in_the_order_in_which_they_are_written() =>
        Assert.Equal(IdiomNames.All, IdiomPieces.All.Select(piece => piece.Name));

    [Fact]
    public void Every_document_is_accepted_by_the_python_parser()
    {
        string[] documents = [.. Documents(2000), .. Documents(1000, 2, "single_double_quote", "bracket_counting", "set_or_string")];
        Assert.Empty(PythonParser.Rejected(documents));
    }

    [Fact]
    public void The_python_parser_rejects_a_document_with_an_open_bracket() =>
        Assert.Single(PythonParser.Rejected(["x = [1, 2]\n", "x = [1, 2\n"]));

    [Fact]
    public void The_same_seed_gives_the_same_documents_and_another_seed_others()
    {
        Assert.Equal(Documents(100, 7), Documents(100, 7));
        Assert.NotEqual(Documents(100, 7), Documents(100, 8));
    }

    [Fact]
    public void Every_construct_writes_a_piece_of_its_own_and_all_of_them_are_drawn()
    {
        var names = IdiomPieces.All.Select(p => p.Name).ToList();
        Assert.Equal(21, names.Distinct().Count());
        var text = string.Join('\n', Documents(2000));
        string[] marks =
        [
            "(\"", "('", "]]\n", "]]]", " = set()\n", " = \"\"\n", "current = ", ".add(", " += ", "def __init__(self, ",
            "with open(path) as ", ".txt\", \"r\"",
            ".txt', 'w'", "{\"", "while ", "else:", "elif not ", "print(f\"", " else ", " = lambda ", " == True:", "enumerate(", "range(",
                "while True:",
            "return True", "=None):",
        ];
        Assert.All(marks, m => Assert.Contains(m, text, StringComparison.Ordinal));
    }

    public static TheoryData<string> Tasks => [.. TaskCatalog.All.Select(task => task.Name)];

    [Theory]
    [MemberData(nameof(Tasks))]
    public void Documents_show_what_a_task_asks_about_followed_by_the_right_completion(string name)
    {
        // Word by word there are too many prompts: what counts is the last line with any words in it.
        var corpus = string.Join('\n', Documents(1500, 6, name).Select(Form));
        var pairs = Enumerable.Range(0, 200).Select(i => TaskCatalog.Get(name).Pair(1, TaskSplit.Train, i)).ToList();
        Assert.InRange(pairs.Count(pair => Shows(pair.PromptA, pair.CompletionA)), 180, 200);
        Assert.InRange(pairs.Count(pair => Shows(pair.PromptB, pair.CompletionB)), 180, 200);

        bool Shows(string prompt, string completion) =>
            corpus.Contains(Form(prompt[(prompt.TrimEnd('\n').LastIndexOf('\n') + 1)..] + completion), StringComparison.Ordinal);
    }

    // The text with W in the place of each word of the pools.
    private static string Form(string text) => Word().Replace(text, word => _words.Contains(word.Value) ? "W" : word.Value);

    [GeneratedRegex("[A-Za-z0-9]+")]
    private static partial Regex Word();

    [Fact]
    public void Focus_makes_its_construct_frequent()
    {
        static int Lists(string[] documents) => documents.Count(d => d.Contains("]]", StringComparison.Ordinal));
        Assert.True(Lists(Documents(1000, 1, "bracket_counting")) > 3 * Lists(Documents(1000)));
    }

    [Fact]
    public void No_document_contains_a_test_prompt()
    {
        // Structure first: every test prompt holds a combination of words that no document holds.
        string[] documents = [.. Documents(2500, 3, "single_double_quote", "bracket_counting", "set_or_string"), .. Documents(5000, 4)];
        Assert.All(documents, d => Assert.False(HeldOut.Matches(d)));
        foreach (var task in TaskCatalog.All)
        {
            for (var i = 0; i < 300; i++)
            {
                var pair = task.Pair(5, TaskSplit.Test, i);
                Assert.Matches(HeldOut.Combinations[task.Name], pair.PromptA);
                Assert.Matches(HeldOut.Combinations[task.Name], pair.PromptB);
            }
        }
        // And to the letter, on a sample.
        var corpus = string.Join('\0', documents) + '\0';
        foreach (var task in TaskCatalog.All)
        {
            for (var i = 0; i < 200; i++)
            {
                var pair = task.Pair(5, TaskSplit.Test, i);
                Assert.False(Contains(corpus, pair.PromptA), pair.PromptA);
                Assert.False(Contains(corpus, pair.PromptB), pair.PromptB);
            }
        }
    }

    // Words are whole: "if u" is not in "if user".
    private static bool Contains(string corpus, string prompt)
    {
        for (var at = corpus.IndexOf(prompt, StringComparison.Ordinal); at >= 0; at = corpus.IndexOf(
            prompt, at + 1, StringComparison.Ordinal))
            if (!char.IsLetterOrDigit(prompt[^1]) || !char.IsLetterOrDigit(corpus[at + prompt.Length])) return true;
        return false;
    }

    [Fact]
    public void The_held_out_combinations_are_recognised()
    {
        var combinations = HeldOut.Combinations;
        Assert.Equal(TaskCatalog.All.Select(task => task.Name).Order(), combinations.Keys.Order());
        Assert.Matches(combinations["single_double_quote"], "print(\"left right\")");
        Assert.DoesNotMatch(combinations["single_double_quote"], "print(\"left hello right\")");
        Assert.Matches(combinations["bracket_counting"], "tags = [[7, 1], [2]]");
        Assert.DoesNotMatch(combinations["bracket_counting"], "tags = [[1, 7], [2]]");
        Assert.Matches(combinations["set_or_string"], "used = \"\"\nfor x in lines:");
        Assert.DoesNotMatch(combinations["set_or_string"], "used = \"\"\nfor x in rows:");
        Assert.Matches(combinations["for_while"], "send(z)\nwhile d:");
        Assert.DoesNotMatch(combinations["for_while"], "send(x)\nwhile d:");
        Assert.DoesNotMatch(combinations["for_while"], "send(z)\nwhile data:");
    }
}
