using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tests.Data;

public class BigramBaselineTests
{
    [Fact]
    public void Loss_equals_the_formula_worked_by_hand()
    {
        // Train 0 1 0 1 0 2: pairs 01 ×2, 10 ×2, 02 ×1; c(0)=3, c(1)=2; kinds after 0: 2, after 1: 1; kinds before 0,1,2: 1 each; N=3, M=3,
        // V=4.
        using var train = TokenFile.FromTokens([0, 1, 0, 1, 0, 2]);
        using var validation = TokenFile.FromTokens([0, 1, 3]);
        const double d = 0.5;
        const double known = (0.5 / 3) + (d * 3 / 3 / 4);
        const double unseen = d * 3 / 3 / 4;
        const double p01 = (1.5 / 3) + (d * 2 / 3 * known);
        const double p13 = d * 1 / 2 * unseen;
        Assert.Equal(-(Math.Log(p01) + Math.Log(p13)) / 2, BigramBaseline.NatsPerToken(train, validation, 4, d), 12);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.75)]
    public void Probabilities_after_any_token_sum_to_one(double discount)
    {
        using var train = TokenFile.FromTokens([0, 1, 0, 2, 2, 3, 0, 1, 1, 0]);
        for (ushort previous = 0; previous < 6; previous++)
        {
            var sum = 0.0;
            for (ushort token = 0; token < 6; token++)
            {
                using var pair = TokenFile.FromTokens([previous, token]);
                sum += Math.Exp(-BigramBaseline.NatsPerToken(train, pair, 6, discount));
            }
            Assert.Equal(1, sum, 12);
        }
    }

    [Fact]
    public void A_text_of_independent_bigrams_reaches_its_entropy()
    {
        // After each token two successors, equally likely: ln 2 nats.
        static TokenFile Text(ulong seed)
        {
            var random = new KeyedRandom(seed, "bigram");
            var tokens = new ushort[20000];
            for (var i = 1; i < tokens.Length; i++) tokens[i] = (ushort)(((tokens[i - 1] * 2) + random.Next(2)) % 32);
            return TokenFile.FromTokens(tokens);
        }
        using var train = Text(1);
        using var validation = Text(2);
        Assert.Equal(Math.Log(2), BigramBaseline.NatsPerToken(train, validation, 32), 2);
    }

    [Fact]
    public void A_token_outside_the_vocabulary_is_refused()
    {
        using var train = TokenFile.FromTokens([.. Enumerable.Repeat((ushort)5, 30)]);
        Assert.Contains(
            "token 5", Assert.Throws<JobInputException>(() => BigramBaseline.NatsPerToken(train, train, 5)).Message,
            StringComparison.Ordinal);
    }
}
