using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Sweeps;

/// <summary>
/// A seeded source of chance: Xoshiro256** (Blackman and Vigna 2018), keyed by a seed and a path of names, so that every
/// consumer has a stream of its own and no stream depends on what another consumer drew.
/// Compiled into each project that draws (Search, ModelCore, Actors), which must not depend on one another for it.
/// </summary>
/// <remarks>The sequence is part of the result of a sweep: changing it changes every report. Not thread-safe.</remarks>
internal sealed class KeyedRandom
{
    private ulong _s0, _s1, _s2, _s3;

    /// <summary>A stream for <paramref name="seed"/> at <paramref name="path"/>, e.g. ("train", "batches").</summary>
    public KeyedRandom(ulong seed, params ReadOnlySpan<string> path)
    {
        Span<byte> key = stackalloc byte[32];
        Key(seed, path, key);
        _s0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        _s1 = BinaryPrimitives.ReadUInt64LittleEndian(key[8..]);
        _s2 = BinaryPrimitives.ReadUInt64LittleEndian(key[16..]);
        _s3 = BinaryPrimitives.ReadUInt64LittleEndian(key[24..]) | 1; // never the all-zero state
    }

    /// <summary>The seed of a child of <paramref name="seed"/>: a pure function of the seed and the child's place.</summary>
    public static ulong DeriveSeed(ulong seed, params ReadOnlySpan<string> path)
    {
        Span<byte> key = stackalloc byte[32];
        Key(seed, path, key);
        return BinaryPrimitives.ReadUInt64LittleEndian(key);
    }

    /// <summary>The next 64 random bits.</summary>
    public ulong NextUInt64()
    {
        var result = ulong.RotateLeft(_s1 * 5, 7) * 9;
        var t = _s1 << 17;
        _s2 ^= _s0;
        _s3 ^= _s1;
        _s1 ^= _s2;
        _s0 ^= _s3;
        _s2 ^= t;
        _s3 = ulong.RotateLeft(_s3, 45);
        return result;
    }

    /// <summary>Uniform in 0 (inclusive) to <paramref name="bound"/> (exclusive), without modulo bias.</summary>
    public int Next(int bound)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bound);
        // Lemire 2019, "Fast random integer generation in an interval": reject the short first part of the product.
        var product = (UInt128)NextUInt64() * (ulong)bound;
        if ((ulong)product < (ulong)bound)
        {
            var threshold = (0UL - (ulong)bound) % (ulong)bound;
            while ((ulong)product < threshold) product = (UInt128)NextUInt64() * (ulong)bound;
        }
        return (int)(product >> 64);
    }

    /// <summary>Uniform in 0 (inclusive) to 1 (exclusive), 53 bits.</summary>
    public double NextDouble() => (NextUInt64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>
    /// Standard normal, by the polar method of Marsaglia; the second value of each pair is dropped so that no state hides between calls.
    /// </summary>
    public double NextGaussian()
    {
        while (true)
        {
            var u = (2 * NextDouble()) - 1;
            var v = (2 * NextDouble()) - 1;
            var s = (u * u) + (v * v);
            if (s is > 0 and < 1) return u * Math.Sqrt(-2 * Math.Log(s) / s);
        }
    }

    /// <summary>One of <paramref name="items"/>, uniformly.</summary>
    public T Choose<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>Permutes <paramref name="items"/> in place, uniformly (Fisher–Yates).</summary>
    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    private static void Key(ulong seed, ReadOnlySpan<string> path, Span<byte> key)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(word, seed);
        hash.AppendData(word);
        foreach (var name in path)
        {
            // The length first, so that ("ab", "c") and ("a", "bc") differ.
            var bytes = Encoding.UTF8.GetBytes(name);
            BinaryPrimitives.WriteUInt64LittleEndian(word, (ulong)bytes.Length);
            hash.AppendData(word);
            hash.AppendData(bytes);
        }
        hash.GetHashAndReset(key);
    }
}
