using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tasks;
using Sweeps.ModelCore.Tests.Data;

namespace Sweeps.ModelCore.Tests.Tasks;

public class TokenizedTaskTests
{
    private static readonly Tokenizer Trained = TokenizerTests.Train(512);

    private static readonly Tokenizer BytesOnly = Tokenizer.Train([], 257);

    public static TheoryData<string, TaskSplit> All
    {
        get
        {
            var data = new TheoryData<string, TaskSplit>();
            foreach (var task in TaskCatalog.All)
                foreach (var split in Enum.GetValues<TaskSplit>()) data.Add(task.Name, split);
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public void Each_target_is_what_the_tokenizer_puts_after_the_prompt(string name, TaskSplit split)
    {
        var task = TaskCatalog.Get(name);
        var pairs = TokenizedTask.Create(task, Trained, split, 3, 100, 128);
        Assert.Equal(100, pairs.Count);
        Assert.All(pairs, p =>
        {
            var pair = task.Pair(3, split, p.Index);
            Assert.Equal(pair.PromptA, Trained.DecodeText([.. p.PromptA]));
            Assert.Equal(pair.PromptB, Trained.DecodeText([.. p.PromptB]));
            Assert.Equal([.. p.PromptA, p.TokenA], Trained.Encode(pair.PromptA + pair.CompletionA).Take(p.PromptA.Count + 1));
            Assert.Equal([.. p.PromptB, p.TokenB], Trained.Encode(pair.PromptB + pair.CompletionB).Take(p.PromptB.Count + 1));
            Assert.NotEqual(p.TokenA, p.TokenB);
            Assert.InRange(p.PromptA.Count, 8, 128);
            Assert.InRange(p.PromptB.Count, 8, 128);
        });
    }

    [Fact]
    public void The_same_seed_gives_the_same_tokens()
    {
        static IEnumerable<int> Tokens(ulong seed) =>
            TokenizedTask.Create(TaskCatalog.Get("bracket_counting"), Trained, TaskSplit.Validation, seed, 20, 64).SelectMany(
                p => p.PromptA.Concat(p.PromptB));
        Assert.Equal(Tokens(1), Tokens(1));
        Assert.NotEqual(Tokens(1), Tokens(2));
    }

    [Fact]
    public void A_tokenizer_that_begins_both_completions_alike_is_refused_with_both_tokenisations()
    {
        // Without merges "]]⏎" and "]⏎" both begin with "]".
        var error = Assert.Throws<TaskException>(
            () => TokenizedTask.Create(TaskCatalog.Get("bracket_counting"), BytesOnly, TaskSplit.Train, 1, 10, 256));
        Assert.Contains(
            "both completions begin with the same token of this tokenizer: \"]]\\n\" is []|]|\\n], \"]\\n\" is []|\\n]", error.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_context_that_is_too_small_is_refused_with_the_reason()
    {
        var error = Assert.Throws<TaskException>(
            () => TokenizedTask.Create(TaskCatalog.Get("set_or_string"), Trained, TaskSplit.Train, 1, 10, 9));
        Assert.Contains("have more than 9 tokens", error.Message, StringComparison.Ordinal);
    }
}
