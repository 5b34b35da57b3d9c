using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Tests.Data;

namespace Sweeps.ModelCore.Tests.Tasks;

public class TaskVariantTests
{
    private static readonly TaskDefinition Brackets = TaskCatalog.Get("bracket_counting");

    private static readonly Tokenizer Trained = TokenizerTests.Train(512);

    private static List<TaskPair> Pairs(TaskVariant variant) =>
        [.. Enumerable.Range(0, 100).Select(i => variant.Task.Pair(1, TaskSplit.Test, i))];

    private static IEnumerable<TaskVariant> Of(string kind) => Brackets.Variants.Where(v => v.Kind == kind);

    [Fact]
    public void Only_bracket_counting_has_variants() => Assert.Equal([Brackets], TaskCatalog.All.Where(t => t.Variants.Count > 0));

    [Fact]
    public void Variants_are_python_with_the_right_completion_and_not_with_the_wrong_one()
    {
        var facts = TaskFacts.All["bracket_counting"];
        List<TaskPair> pairs = [.. Brackets.Variants.SelectMany(Pairs)];
        Assert.Empty(PythonParser.Rejected([.. pairs.SelectMany(facts.Right)]));
        string[] wrong = [.. pairs.SelectMany(facts.Wrong)];
        Assert.Equal(wrong.Length, PythonParser.Rejected(wrong).Length);
    }

    [Fact]
    public void Targets_are_those_of_the_task()
    {
        var expected = TokenizedTask.Create(Brackets, Trained, TaskSplit.Test, 1, 1, 128)[0];
        foreach (var variant in Brackets.Variants)
        {
            Assert.All(
                TokenizedTask.Create(variant.Task, Trained, TaskSplit.Test, 1, 32, 256),
                p => Assert.Equal((expected.TokenA, expected.TokenB), (p.TokenA, p.TokenB)));
        }
    }

    [Fact]
    public void Distractors_are_brackets_in_a_string_and_all_else_is_the_same_at_every_level()
    {
        Assert.Equal([0, 1, 2, 3, 4], Of("distractor").Select(v => v.Level));
        var plain = Pairs(Of("distractor").First());
        foreach (var variant in Of("distractor"))
        {
            Assert.All(Pairs(variant).Zip(plain), p =>
            {
                Assert.Equal(p.Second.PromptA, p.First.PromptA.Replace(" [ ", " ", StringComparison.Ordinal));
                Assert.Equal(p.Second.PromptB, p.First.PromptB.Replace(" [ ", " ", StringComparison.Ordinal));
                Assert.Equal(variant.Level, p.First.PromptB.Split('\n')[0].Count(c => c == '['));
            });
        }
    }

    [Fact]
    public void Diluted_lists_have_as_many_elements_as_the_level_says_and_one_bracket_or_two()
    {
        foreach (var variant in Of("dilution"))
        {
            Assert.All(Pairs(variant), p =>
            {
                Assert.Equal(variant.Level, p.PromptA.Split(", ").Length);
                Assert.Equal((2, 1), (p.PromptA.Count(c => c == '['), p.PromptB.Count(c => c == '[')));
                Assert.DoesNotContain(']', p.PromptA);
            });
        }
    }

    [Fact]
    public void A_level_that_is_too_long_for_the_context_is_refused_with_the_reason()
    {
        var longest = Of("dilution").Last();
        var error = Assert.Throws<TaskException>(() => TokenizedTask.Create(longest.Task, Trained, TaskSplit.Test, 1, 32, 64));
        Assert.Contains("have more than 64 tokens", error.Message, StringComparison.Ordinal);
    }
}
