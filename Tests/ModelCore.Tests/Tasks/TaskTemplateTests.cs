using System.Text.Json;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Tasks;

namespace Sweeps.ModelCore.Tests.Tasks;

public class TaskTemplateTests
{
    private static readonly TaskTemplate Colours = new()
    {
        Rule = "paint or print",
        Prompts = ["$<paint|print>($colour, $colour2, $colour", "$item = $<paint|print>(${colour}s"],
        CompletionA = ", $colour2)",
        CompletionB = ")",
        Words = new Dictionary<string, WordSplits>
        {
            ["colour"] = new() { Train = ["red", "blue"], Validation = ["green", "black"], Test = ["white", "grey"] },
        },
    };

    private static List<TaskPair> Pairs(TaskTemplate template, TaskSplit split, int count = 50)
    {
        var task = TaskCatalog.Get("mine", template);
        return [.. Enumerable.Range(0, count).Select(i => task.Pair(1, split, i))];
    }

    [Fact]
    public void A_pair_shares_its_words_and_differs_in_the_alternatives() => Assert.All(Pairs(Colours, TaskSplit.Train), pair =>
    {
        Assert.Equal(pair.PromptB, pair.PromptA.Replace("paint(", "print(", StringComparison.Ordinal));
        if (pair.PromptA[0] == 'p') Assert.Matches(@"^paint\((red, blue, red|blue, red, blue)\z", pair.PromptA);
        else Assert.Matches(@"^[a-z]+ = paint\((red|blue)s\z", pair.PromptA);
        Assert.Matches(@"^, (red|blue)\)\z", pair.CompletionA);
        Assert.Equal(")", pair.CompletionB);
    });

    [Fact]
    public void Each_split_has_its_own_words_and_all_prompts_and_words_are_drawn()
    {
        foreach (var (split, pool) in new[] { (TaskSplit.Train, WordPool.Train), (TaskSplit.Validation, WordPool.Validation),
            (TaskSplit.Test, WordPool.Test) })
        {
            var text = string.Join('\n', Pairs(Colours, split).Select(pair => pair.PromptA));
            Assert.All(Colours.Words["colour"].Of(split), word => Assert.Contains(word, text, StringComparison.Ordinal));
            Assert.All(
                text.Split('\n').Where(line => line.Contains('=', StringComparison.Ordinal)),
                line => Assert.Contains(line.Split(' ')[0], pool.Items));
            Assert.Contains("\npaint(", text, StringComparison.Ordinal);
            Assert.Contains(" = paint(", text, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Signs_of_the_syntax_can_be_written() => Assert.All(
        Pairs(Colours with { Prompts = ["$$ $| $> | > $<a$|b|c$>d>"] }, TaskSplit.Train, 3), pair =>
            Assert.Equal(("$ | > | > a|b", "$ | > | > c>d"), (pair.PromptA, pair.PromptB)));

    [Fact]
    public void What_a_task_is_survives_the_way_to_a_device()
    {
        var read = JsonSerializer.Deserialize<TaskTemplate>(JsonSerializer.Serialize(Colours, JobJson.Options), JobJson.Options)!;
        Assert.Equal(Pairs(Colours, TaskSplit.Test), Pairs(read, TaskSplit.Test));
    }

    [Theory]
    [InlineData("$itm$<a|b>", "prompts.0 has $itm, for which there are no words: did you mean $item?")]
    [InlineData(
        "$colour $colour2 $colour3$<a|b>",
        "prompts.0 and its completions have 3 different $colour, of which a split has 2: expected no more")]
    [InlineData(
        "$colour $colour3$<a|b>", "prompts.0 and its completions have 3 different $colour, of which a split has 2: expected no more")]
    [InlineData("", "prompts.0 is empty: expected text")]
    [InlineData("$item", "prompts.0 is \"$item\", the same for A and B: expected a $<A|B> whose sides differ")]
    [InlineData("$<a|a>", "prompts.0 is \"$<a|a>\", the same for A and B: expected a $<A|B> whose sides differ")]
    [InlineData("$<a|b", "prompts.0 is \"$<a|b\", which has an alternative that does not end: expected $<A|B>")]
    [InlineData(
        "$<a|b|c>", "prompts.0 is \"$<a|b|c>\", which has at character 6 a third side: expected $<A|B>, with $| for the character itself")]
    [InlineData(
        "$<a|$<b|c>>",
        "prompts.0 is \"$<a|$<b|c>>\", which has at character 5 an alternative inside an alternative: expected $<A|B> with neither side "
            + "holding another")]
    [InlineData(
        "\n$ $<a|b>",
        "prompts.0 is \"\\n$ $<a|b>\", which has at character 2 a $ that begins nothing: expected $word, $<A|B>, or $$ for the character "
            + "itself")]
    public void A_wrong_prompt_is_named_with_what_was_expected(string prompt, string problem)
    {
        var template = Colours with { Prompts = [prompt] };
        Assert.Equal([problem], template.Validate());
        Assert.Contains(
            problem, Assert.Throws<JobInputException>(() => TaskCatalog.Get("mine", template)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Completions_are_two_different_texts_without_alternatives()
    {
        Assert.Equal(["completion_b is \")\", as completion_a is: expected two completions that differ"],
            (Colours with { CompletionA = ")" }).Validate());
        Assert.Equal(["completion_a is empty: expected text"], (Colours with { CompletionA = "" }).Validate());
        Assert.Equal(
            ["completion_b is \"$<a|b>\": expected no $<A|B>, as each prompt has a completion of its own"],
            (Colours with { CompletionB = "$<a|b>" }).Validate());
    }

    [Fact]
    public void Words_of_two_splits_are_disjoint_also_between_pools()
    {
        var template = Colours with
        {
            Words = new Dictionary<string, WordSplits>(Colours.Words)
            {
                ["paint"] = new()
                {
                    Train = ["oil", "grey"],
                    Validation = ["ink"],
                    Test = ["white"],
                }
            },
        };
        Assert.Equal(
            ["words.paint.train has \"grey\", which words.colour.test has too: expected splits that share no word"], template.Validate());
    }

    [Fact]
    public void Pools_have_words_in_each_split_and_names_of_their_own()
    {
        Assert.Equal(
            ["validation is empty: expected at least one word"],
            new WordSplits { Train = ["a"], Validation = [], Test = ["b"] }.Validate());
        Assert.Equal(
            ["test has \"b\" 2 times: expected each word once"],
            new WordSplits { Train = ["a"], Validation = ["c"], Test = ["b", "b"] }.Validate());
        var template = Colours with
        {
            Words = new Dictionary<string, WordSplits>(Colours.Words)
            {
                ["item"] = new()
                {
                    Train = ["a"],
                    Validation = ["b"],
                    Test = ["c"],
                },
                ["x1"] = new() { Train = ["d"], Validation = ["e"], Test = ["f"] },
            }
        };
        Assert.Equal(
            ["words.x1 is not a name for slots: expected letters", "words.item is built in: expected another name"], template.Validate());
    }
}
